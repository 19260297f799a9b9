import assert from 'node:assert/strict';
import { chosenRuns, readRunFilter } from '../../../lib/workflow/chosen-runs';
import { Runs } from '../../../lib/workflow/runs';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const none = { workflow: 'sale', state: null, step: null, text: null, waitsFor: null };

describe('runs that a message means', () => {
  afterEach(cleanScratch);

  for (const [given, filter] of [
    [{ state: 'Failed' }, { ...none, state: 'failed' }],
    [
      { step: 'create', text: 'gold', waitsFor: 'answer' },
      { ...none, step: 'create', text: 'gold', waitsFor: 'answer' },
    ],
    [{ all: true, state: '' }, none],
  ] as const)
    it(`are read from ${JSON.stringify(given)}`, () => assert.deepEqual(readRunFilter(given, 'sale'), filter));

  for (const [given, code, message] of [
    [{}, 'INPUT_MISSING', /^runs: nothing says which runs/],
    [{ all: 'true' }, 'INPUT_MISSING', /^runs: /],
    [{ all: false, state: null }, 'INPUT_MISSING', /^runs: /],
    [{ key: 'gold' }, 'INPUT_INVALID', /^runs\.key: is not known; it takes state, step, text, waitsFor, all/],
    [{ state: 'odd' }, 'INPUT_INVALID', /^runs\.state: has to be one of /],
    [{ step: 5 }, 'INPUT_INVALID', /^runs\.step: has to be a text, not a number/],
  ] as const)
    it(`are not said by ${JSON.stringify(given)}`, () =>
      assert.throws(() => readRunFilter(given, 'sale'), fails(code, message)));

  it('come in parts, each once and the newest first', async () => {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const ids: string[] = [];
    for (let index = 0; index < 45; index += 1) {
      clock.advance(index % 2); // some begin in the same millisecond
      const runs = new Runs(store, clock, index === 3 ? 'other' : 'sale');
      const { run } = await runs.start(`run ${index}`, {});
      if (index !== 3) ids.push(run.id);
    }
    const parts: string[][] = [];
    for await (const part of chosenRuns(store, none)) parts.push(part);
    assert.deepEqual(
      parts.map(part => part.length),
      [20, 20, 4],
    );
    assert.deepEqual(parts.flat().sort(), ids.sort());
    for await (const part of chosenRuns(store, { ...none, text: 'nothing' })) assert.fail(part.join());
  });
});
