import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entriesOf, Mapping } from '../../../lib/mapping/mapping';
import type { Store } from '../../../lib/state/port';
import { holds } from '../../harness/property';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const by = 'a test';
const gold = { kind: 'plan', wapId: 'gold', billingId: 'g-1', name: 'Gold' };
const silver = { kind: 'plan', wapId: 'silver', billingId: 's-1', name: 'Silver' };

describe('mapping', () => {
  const clock = new StillClock();
  let store: Store;
  let mapping: Mapping;
  const pairs = async () =>
    (await mapping.store.transaction(tx => mapping.list(tx))).entries.map(entry => `${entry.wapId}-${entry.billingId}`);
  beforeEach(async () => {
    clock.time = 1000;
    store = await scratchStore(clock);
    mapping = new Mapping(store, clock, { installation: 'wap', target: 'billing' });
  });
  afterEach(cleanScratch);

  it('finds an entry by either id', async () => {
    const { entry, outcome } = await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    assert.equal(outcome, 'added');
    const stored = { installation: 'wap', target: 'billing', ...gold, note: null, createdAt: 1000, updatedAt: 1000 };
    assert.deepEqual(entry, stored);
    assert.deepEqual(await mapping.store.transaction(tx => mapping.getByWapId(tx, 'plan', 'gold')), stored);
    assert.deepEqual(await mapping.store.transaction(tx => mapping.getByBillingId(tx, 'plan', 'g-1')), stored);
  });

  it('says what it does not know', async () => {
    await assert.rejects(
      mapping.store.transaction(tx => mapping.getByWapId(tx, 'plan', 'x')),
      fails('STATE_NOT_FOUND', /plan x/),
    );
    await assert.rejects(
      mapping.store.transaction(tx => mapping.getByBillingId(tx, 'plan', 'x')),
      fails('STATE_NOT_FOUND', /billing id x/),
    );
    await assert.rejects(
      mapping.store.transaction(tx => mapping.remove(tx, 'plan', 'x', by)),
      fails('STATE_NOT_FOUND', /plan x/),
    );
    assert.equal(await mapping.store.transaction(tx => mapping.findByWapId(tx, 'plan', 'x')), null);
  });

  it('ignores the same again and leaves no history of it', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    clock.time = 2000;
    const again = await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'plan', wapId: 'gold', billingId: 'g-1' }, { by }),
    );
    assert.equal(again.outcome, 'same');
    assert.equal(again.entry.updatedAt, 1000);
    assert.equal((await mapping.store.transaction(tx => mapping.history(tx))).length, 1);
  });

  it('changes name and note of an entry and keeps when it was made', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    clock.time = 2000;
    const { entry, outcome } = await mapping.store.transaction(tx =>
      mapping.put(tx, { ...gold, name: '', note: 'sold from June' }, { by }),
    );
    assert.equal(outcome, 'changed');
    assert.deepEqual([entry.name, entry.note, entry.createdAt, entry.updatedAt], [null, 'sold from June', 1000, 2000]);
  });

  it('refuses a second billing id for a WAP id, naming the first', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    const other = mapping.store.transaction(tx => mapping.put(tx, { ...gold, billingId: 'g-2' }, { by }));
    await assert.rejects(other, fails('STATE_CONFLICT', /plan gold is already mapped to the billing id g-1/));
    assert.deepEqual(await pairs(), ['gold-g-1']);
  });

  it('refuses a second WAP id for a billing id, naming the first', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    const other = mapping.store.transaction(tx => mapping.put(tx, { ...silver, billingId: 'g-1' }, { by }));
    await assert.rejects(other, fails('STATE_CONFLICT', /billing id g-1 is already mapped to the plan gold/));
    assert.deepEqual(await pairs(), ['gold-g-1']);
  });

  it('moves a billing id when asked to replace, and remembers both sides', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    await mapping.store.transaction(tx => mapping.put(tx, silver, { by }));
    clock.time = 2000;
    const { displaced } = await mapping.store.transaction(tx =>
      mapping.put(tx, { ...silver, billingId: 'g-1' }, { by: 'Ana', replace: true }),
    );
    assert.equal(displaced?.wapId, 'gold');
    assert.deepEqual(await pairs(), ['silver-g-1']);
    const changes = (await mapping.store.transaction(tx => mapping.history(tx))).slice(0, 2);
    assert.deepEqual(
      changes.map(change => [change.by, change.at, change.before?.billingId, change.after?.billingId]),
      [
        ['Ana', 2000, 's-1', 'g-1'],
        ['Ana', 2000, 'g-1', undefined],
      ],
    );
  });

  it('keeps kinds, installations and targets apart', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    await mapping.store.transaction(tx => mapping.put(tx, { ...gold, kind: 'addon' }, { by }));
    const elsewhere = new Mapping(store, clock, { installation: 'wap', target: 'other' });
    await elsewhere.store.transaction(tx => elsewhere.put(tx, gold, { by }));
    assert.equal((await mapping.store.transaction(tx => mapping.list(tx))).total, 2);
    assert.equal((await elsewhere.store.transaction(tx => elsewhere.list(tx))).total, 1);
  });

  it('removes an entry and keeps its history', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, gold, { by }));
    await mapping.store.transaction(tx => mapping.remove(tx, 'plan', 'gold', 'Ana'));
    assert.deepEqual(await pairs(), []);
    const [last] = await mapping.store.transaction(tx => mapping.history(tx, { kind: 'plan', wapId: 'gold' }));
    assert.deepEqual([last?.by, last?.before?.billingId, last?.after], ['Ana', 'g-1', null]);
  });

  it('writes in the transaction of the caller', async () => {
    const work = store.transaction(async tx => {
      await mapping.put(tx, gold, { by });
      assert.equal((await mapping.getByWapId(tx, 'plan', 'gold')).billingId, 'g-1');
      throw new Error('the step failed');
    });
    await assert.rejects(work, /the step failed/);
    assert.deepEqual(await pairs(), []);
    assert.deepEqual(await mapping.store.transaction(tx => mapping.history(tx)), []);
  });

  for (const [text, found] of [
    ['facturacion', ['a']],
    ['FACTURACIÓN', ['a']],
    ['b-2', ['b']],
    ['100%', ['b']],
    ['%', ['b']],
    ['_', []],
    ['nota', ['a']],
  ] as const) {
    it(`finds ${found.length} by the text ${text}`, async () => {
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'plan', wapId: 'a', billingId: 'a-1', name: 'Facturación', note: 'una nota' }, { by }),
      );
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'addon', wapId: 'b', billingId: 'b-2', name: '100% cloud' }, { by }),
      );
      assert.deepEqual(
        (await mapping.store.transaction(tx => mapping.list(tx, { text }))).entries.map(entry => entry.wapId),
        found,
      );
    });
  }

  it('lists by kind in pages of a stable order', async () => {
    for (const wapId of ['c', 'a', 'd', 'b'])
      await mapping.store.transaction(tx => mapping.put(tx, { kind: 'plan', wapId, billingId: `x${wapId}` }, { by }));
    await mapping.store.transaction(tx => mapping.put(tx, { kind: 'addon', wapId: 'z', billingId: 'z' }, { by }));
    const page = await mapping.store.transaction(tx => mapping.list(tx, { kind: 'plan', limit: 2, offset: 1 }));
    assert.deepEqual([page.total, ...page.entries.map(entry => entry.wapId)], [4, 'b', 'c']);
  });

  it('streams more entries than one piece holds, each once', async () => {
    await store.transaction(async tx => {
      for (let n = 0; n < 1203; n++)
        await mapping.put(tx, { kind: 'user', wapId: `u${n}`, billingId: `b${n}` }, { by });
    });
    const seen = new Set<string>();
    for await (const entry of entriesOf(mapping)) seen.add(entry.wapId);
    assert.equal(seen.size, 1203);
  });

  for (const [title, input, code, text] of [
    ['no kind', { ...gold, kind: '' }, 'INPUT_MISSING', /kind is an empty text/],
    ['a space before an id', { ...gold, wapId: ' gold' }, 'INPUT_INVALID', /wapId begins or ends with a space/],
    ['a line break in an id', { ...gold, billingId: 'a\nb' }, 'INPUT_INVALID', /billingId holds a line break/],
    ['half a character', { ...gold, name: '\uD800' }, 'INPUT_INVALID', /name holds a character that cannot be stored/],
    ['a long note', { ...gold, note: 'x'.repeat(10_001) }, 'INPUT_INVALID', /note is a text of 10001 characters/],
  ] as const) {
    it(`refuses ${title}, naming the field`, async () => {
      await assert.rejects(
        mapping.store.transaction(tx => mapping.put(tx, input, { by })),
        fails(code, text),
      );
    });
  }

  it('stays unique in both directions whatever is put, replaced and removed', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const put = fc.record({ wapId: id, billingId: id, replace: fc.boolean(), remove: fc.constant(false) });
    const remove = fc.record({ wapId: id, billingId: id, replace: fc.boolean(), remove: fc.constant(true) });
    let run = 0;
    await holds(
      'mapping: stays unique in both directions whatever is put, replaced and removed',
      fc.asyncProperty(fc.array(fc.oneof({ weight: 4, arbitrary: put }, remove), { maxLength: 25 }), async steps => {
        const scope = { installation: 'wap', target: `run ${run++}` };
        const fresh = new Mapping(store, clock, scope);
        const model = new Map<string, string>();
        for (const { wapId, billingId, replace, remove } of steps) {
          const holder = [...model].find(([, value]) => value === billingId)?.[0];
          const conflict = (model.get(wapId) ?? billingId) !== billingId || (holder ?? wapId) !== wapId;
          if (remove) {
            const known = model.delete(wapId);
            const removed = fresh.store.transaction(tx => fresh.remove(tx, 'plan', wapId, by));
            await (known ? removed : assert.rejects(removed, fails('STATE_NOT_FOUND', /./)));
          } else if (conflict && !replace) {
            const refused = fresh.store.transaction(tx => fresh.put(tx, { kind: 'plan', wapId, billingId }, { by }));
            await assert.rejects(refused, fails('STATE_CONFLICT', /./));
          } else {
            if (holder) model.delete(holder);
            model.set(wapId, billingId);
            await fresh.store.transaction(tx => fresh.put(tx, { kind: 'plan', wapId, billingId }, { by, replace }));
          }
        }
        const { entries } = await fresh.store.transaction(tx => fresh.list(tx));
        assert.deepEqual(
          entries.map(entry => [entry.wapId, entry.billingId]),
          [...model].sort(([a], [b]) => (a < b ? -1 : 1)),
        );
        for (const [wapId, billingId] of model) {
          assert.equal((await fresh.store.transaction(tx => fresh.getByBillingId(tx, 'plan', billingId))).wapId, wapId);
        }
        const replayed = new Map<string, string>();
        for (const change of (
          await fresh.store.transaction(tx => fresh.history(tx, null, { limit: 1000 }))
        ).reverse()) {
          if (change.after) replayed.set(change.wapId, change.after.billingId);
          else replayed.delete(change.wapId);
        }
        assert.deepEqual([...replayed].sort(), [...model].sort());
      }),
      { numRuns: 60 },
    );
  });
});
