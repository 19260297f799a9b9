import assert from 'node:assert/strict';
import { csvHeader, csvLines } from '../../../lib/desk/csv';
import { mappingChanges, mappingEntries, mappingLines, mappingPlaces } from '../../../lib/desk/mapping';
import { previewImport } from '../../../lib/desk/mapping-import';
import { mappingColumns } from '../../../lib/mapping/file';
import { importMapping } from '../../../lib/mapping/import';
import { Mapping } from '../../../lib/mapping/mapping';
import type { Store } from '../../../lib/state/port';

import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const scope = { installation: 'wap', target: 'billing' };
const other = { installation: 'wap', target: 'other' };
const through = { wap: 'wap-node', billing: 'billing-node' };

describe('the mapping as the desk asks for it', () => {
  afterEach(cleanScratch);

  async function world() {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const mapping = new Mapping(store, clock, scope);
    const put = (kind: string, wapId: string, name?: string) =>
      mapping.store.transaction(tx =>
        mapping.put(
          tx,
          { kind, wapId, billingId: `b-${wapId}`, ...(name === undefined ? {} : { name }) },
          { by: 'ann' },
        ),
      );
    return { clock, store, mapping, put };
  }

  async function idsOf(store: Store, filter: { kind?: string; text?: string }, limit: number) {
    const pages: string[][] = [];
    for (let after: string | undefined; ; ) {
      const { rows, next } = await mappingEntries(store, scope, filter, after, limit);
      pages.push(rows.map(({ kind, wapId }) => `${kind} ${wapId}`));
      if (next === null) return pages;
      after = next;
    }
  }

  it('comes page by page across kinds, each entry once', async () => {
    const { store, put } = await world();
    for (const wapId of ['p1', 'p2']) await put('plan', wapId);
    for (const wapId of ['a1', 'a2', 'a3']) await put('addon', wapId);
    assert.deepEqual(await idsOf(store, {}, 2), [['addon a1', 'addon a2'], ['addon a3', 'plan p1'], ['plan p2']]);
    assert.deepEqual(await idsOf(store, { kind: 'plan' }, 1), [['plan p1'], ['plan p2']]);
  });

  it('is found by a part of a text behind more entries than are looked through at once', async () => {
    const { store, mapping, put } = await world();
    const lines = ['kind,wapId,billingId'];
    for (let index = 0; index < 4100; index += 1) lines.push(`addon,a${10_000 + index},x${index}`);
    await importMapping(mapping, lines.join('\n'), { format: 'csv', by: 'ann' });
    await put('plan', 'p1', '100 % Köln');
    assert.deepEqual(await idsOf(store, { text: '% KOLN' }, 10), [['plan p1']]);
    assert.deepEqual(await idsOf(store, { text: 'nobody' }, 10), [[]]);
  });

  it('refuses a place to go on that no page gave', async () => {
    const { store } = await world();
    const refused = fails('INPUT_INVALID', /after/);
    await assert.rejects(mappingEntries(store, scope, {}, '{"kind":1}', 10), refused);
    await assert.rejects(mappingEntries(store, scope, {}, 'p1', 10), refused);
  });

  it('names first the pairs that nodes use, each once, also without entries', async () => {
    const { store, put } = await world();
    await put('plan', 'p1');
    assert.deepEqual(
      await mappingPlaces(store, [
        { ...other, through },
        { ...other, through },
      ]),
      [
        { ...other, through, entries: 0 },
        { ...scope, through: null, entries: 1 },
      ],
    );
  });

  it('tells of one entry what became of it, newest first', async () => {
    const { store, clock, mapping, put } = await world();
    await put('plan', 'p1');
    await put('plan', 'p2');
    await mapping.store.transaction(tx => mapping.remove(tx, 'plan', 'p1', 'bob'));
    const changes = await mappingChanges(store, clock, scope, { kind: 'plan', wapId: 'p1' });
    assert.deepEqual(
      changes.map(({ by, before, after }) => [by, before?.billingId ?? null, after?.billingId ?? null]),
      [
        ['bob', 'b-p1', null],
        ['ann', null, 'b-p1'],
      ],
    );
  });

  it('gives a file in which an import finds nothing to change, whatever a spreadsheet would make of its ids', async () => {
    const { store, clock, put } = await world();
    for (const [wapId, name] of [
      ['00123', '=A1+1'],
      ['1-2-2024', "'quoted"],
      ['p;,"', 'two\nlines'],
      ['1E5', '-'],
    ] as const)
      await put('plan', wapId, name);
    let file = csvHeader(mappingColumns);
    for await (const rows of mappingLines(store, scope, {})) file += csvLines(mappingColumns, rows);
    const { counts } = await previewImport(store, clock, scope, { bytes: Buffer.from(file), mode: 'replace-all' });
    assert.deepEqual(counts, { bad: 0, changed: 0, added: 0, removed: 0, same: 4, unfilled: 0 });
  });
});
