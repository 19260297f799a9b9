import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DuplicateIndex } from '../../../../lib/feeds/records/duplicates';
import { olderFingerprintOf, packPrints } from '../../../../lib/feeds/records/fingerprints';
import type { Store } from '../../../../lib/state/port';
import { addDigest } from '../../../../lib/state/tables/usage-digest';
import { holds } from '../../../harness/property';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { aUsageRecord } from '../memory-usage';

/** Small halves, so that memory forgets after a few pages. */
const slots = 1 << 12;
const perPage = 1000;
const clock = new StillClock();

/** Page number `page` of records that nobody sent before. */
const pageOf = (page: number) =>
  Array.from({ length: perPage }, (_, place) => aUsageRecord({ EventId: page * perPage + place }));

async function opened(store: Store): Promise<DuplicateIndex> {
  const index = new DuplicateIndex(1, 7, slots);
  await index.load(store);
  return index;
}

describe('duplicates of a provider', () => {
  afterEach(cleanScratch);

  it('are found however long ago the first came, with restarts in between', async () => {
    await holds(
      'duplicates of a provider: are found however long ago the first came, with restarts in between',
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 8, maxLength: 16 }),
        fc.array(fc.nat(), { minLength: 5, maxLength: 20 }),
        async (restarts, again) => {
          const store = await scratchStore(clock);
          let index = await opened(store);
          for (const [page, restart] of restarts.entries()) {
            if (restart) index = await opened(store);
            const checked = await index.check(store, pageOf(page));
            assert.deepEqual(checked.duplicates, []);
            await store.transaction(tx => index.store(tx, [checked], clock.now()));
            index.stored(checked);
          }
          const known = again.map(number => number % (restarts.length * perPage));
          const repeated = known.map((id, place) => ({ ...aUsageRecord({ EventId: id }), EventId: 900_000 + place }));
          const { duplicates } = await index.check(store, repeated);
          assert.deepEqual(
            duplicates,
            repeated.map((_, place) => place),
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it('are found where the first was stored by a version that told GUIDs apart by their case', async () => {
    const store = await scratchStore(clock);
    const of = { ExternalRecordId: 'AAAAAAAA-0000-0000-0000-00000000BEEF', SubscriptionId: 'S' };
    const before = olderFingerprintOf(aUsageRecord({ EventId: 1, ...of }), 7) ?? assert.fail('no other print');
    const hashes = packPrints(Uint32Array.from(before));
    const period = { fromTime: '2026-01-01T00:00:00', toTime: '2026-01-01T00:00:00~' };
    await store.transaction(tx => addDigest(tx, 1, { seq: 1, total: 1, hashes, ...period, now: clock.now() }));
    const index = await opened(store);
    const again = [aUsageRecord({ EventId: 2, ...of }), aUsageRecord({ EventId: 3, ...of, SubscriptionId: 'T' })];
    assert.deepEqual((await index.check(store, again)).duplicates, [0]);
  });
});
