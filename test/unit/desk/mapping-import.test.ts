import assert from 'node:assert/strict';
import { applyImport, previewImport } from '../../../lib/desk/mapping-import';
import { Mapping } from '../../../lib/mapping/mapping';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const scope = { installation: 'wap', target: 'billing' };
const header = 'kind;wapId;billingId;name';
const windows = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('an import at the desk', () => {
  afterEach(cleanScratch);

  async function world() {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const mapping = new Mapping(store, clock, scope);
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'plan', wapId: 'p1', billingId: 'b1' }, { by: 'test' }),
    );
    return { clock, store, mapping };
  }

  for (const [encoding, bytes] of [
    ['UTF-8', Buffer.from(`${header}\nplan;p2;b2;Köln €`)],
    ['UTF-8', Buffer.from(`\uFEFF${header}\nplan;p2;b2;Köln €`)],
    ['UTF-16', Buffer.from(`\uFEFF${header.replaceAll(';', '\t')}\nplan\tp2\tb2\tKöln €`, 'utf16le')],
    ['windows-1252', Buffer.concat([windows(`${header}\nplan;p2;b2;Köln `), Buffer.from([0x80])])],
  ] as const) {
    it(`finds out that a file is ${encoding}, and writes nothing before it is told to`, async () => {
      const { store, clock, mapping } = await world();
      const preview = await previewImport(store, clock, scope, { bytes, mode: 'merge' });
      assert.equal(preview.encoding, encoding);
      assert.equal(await mapping.store.transaction(tx => mapping.findByWapId(tx, 'plan', 'p2')), null);
      const expected = { added: 1, changed: 0, removed: 0 };
      await applyImport(store, clock, scope, { bytes, mode: 'merge' }, { by: 'test', expected });
      assert.equal((await mapping.store.transaction(tx => mapping.findByWapId(tx, 'plan', 'p2')))?.name, 'Köln €');
    });
  }

  it('says of every line what it would do', async () => {
    const { store, clock } = await world();
    const bytes = Buffer.from(`${header}\nplan;p1;b9;\nplan;p2;b2;\nplan;p3;;\nplan;p4;b2;`);
    const { counts, lines } = await previewImport(store, clock, scope, { bytes, mode: 'overwrite' });
    assert.deepEqual(counts, { bad: 1, changed: 1, added: 1, removed: 0, same: 0, unfilled: 1 });
    assert.deepEqual(
      lines.map(({ outcome, line, wapId }) => [outcome, line, wapId]),
      [
        ['bad', 5, 'p4'],
        ['changed', 2, 'p1'],
        ['added', 3, 'p2'],
        ['unfilled', 4, null],
      ],
    );
    assert.deepEqual(lines[1]?.changes, [{ field: 'billingId', from: 'b1', to: 'b9' }]);
  });

  it('does nothing where the mapping has changed since one looked', async () => {
    const { store, clock, mapping } = await world();
    const bytes = Buffer.from(`${header}\nplan;p2;b2;\nplan;p3;b3;`);
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'plan', wapId: 'p2', billingId: 'b2' }, { by: 'somebody' }),
    );
    const expected = { added: 2, changed: 0, removed: 0 };
    await assert.rejects(
      applyImport(store, clock, scope, { bytes, mode: 'merge' }, { by: 'test', expected }),
      fails('STATE_CONFLICT', /Choose the file again/),
    );
    assert.equal(await mapping.store.transaction(tx => mapping.findByWapId(tx, 'plan', 'p3')), null);
  });
});
