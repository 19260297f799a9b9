import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { noNeeds } from '../../../lib/feeds/needs';
import { needsText } from '../../../runtime/node/needs-text';
import { statusOf } from '../../../runtime/node/status';
import { repository } from '../../harness/repository';

/** Node-RED with our catalogue. */
function redOf(language: string): NodeAPI {
  const catalogue: unknown = JSON.parse(
    readFileSync(join(repository, 'editor/locales', language, 'wap-billing.json'), 'utf8'),
  );
  const text = (key: string, values: Record<string, unknown>) => {
    const path = key.slice(key.indexOf(':') + 1).split('.');
    const found = path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], catalogue);
    return typeof found === 'string' ? found.replace(/__(\w+)__/g, (_all, name: string) => String(values[name])) : key;
  };
  return { _: text } as unknown as NodeAPI;
}

describe('a status', () => {
  let shown: Array<Record<string, string>>;
  let status: ReturnType<typeof statusOf>;
  beforeEach(() => {
    shown = [];
    const node = { status: (given: Record<string, string>) => shown.push(given) } as unknown as Node;
    status = statusOf(redOf('en-US'), node);
  });
  const last = () => [shown.at(-1)?.fill, shown.at(-1)?.text];
  const needs = (more: Partial<typeof noNeeds>) => status('needs', { ...noNeeds, ...more });

  it('is green only when nothing needs a person', () => {
    status('done', { text: '5 sent' });
    needs({ refused: 41, unmapped: 27 });
    assert.deepEqual(last(), ['red', '41 refused · 27 wait for a mapping']);
    for (const name of ['ready', 'working', 'progress', 'waiting', 'idle', 'alarm'] as const) {
      status(name, { count: 1, upTo: 7, text: 'all is well' });
      assert.deepEqual(last(), ['red', '41 refused · 27 wait for a mapping'], name);
    }
    needs({ unmapped: 1200 });
    assert.deepEqual(last(), ['yellow', '1200 wait for a mapping']);
    status('idle', { upTo: 7 });
    needs({});
    assert.deepEqual(last(), ['green', 'up to event 7']);
  });

  it('shows a failure and a pause all the same', () => {
    needs({ refused: 1 });
    for (const [name, text] of [
      ['failed', 'WAP failed'],
      ['paused', 'paused'],
    ] as const) {
      status(name, { code: 'WAP_SERVER' });
      needs({ refused: 2 });
      assert.equal(last()[1], text);
    }
    status('nothing');
    assert.deepEqual(last(), ['red', '2 refused']);
  });

  it('says the same only once', () => {
    for (let times = 0; times < 3; times += 1) needs({ parked: 1 });
    assert.equal(shown.length, 1);
  });

  for (const [language, more, text] of [
    ['en-US', { refused: 12_345, unmapped: 1_234_567 }, '12k refused · 1.2M wait for a mapping'],
    ['en-US', { refused: 41, unmapped: 27, quarantined: 2 }, '41 refused · 27 unmapped · 2 set aside'],
    ['en-US', { refused: 4100, waiting: 2700, parked: 3, quarantined: 200 }, '4100 refused · 2700 wait · 203 more'],
    ['es-ES', { refused: 41, unmapped: 27 }, '41 rechazados · 27 sin correspondencia'],
    ['es-ES', { refused: 4100, unmapped: 2700 }, '4100 rechazados · 2700 sin enlazar'],
  ] as const)
    it(`counts in at most 40 characters: "${text}"`, () =>
      assert.equal(needsText(redOf(language), { ...noNeeds, ...more }, 40), text));
});
