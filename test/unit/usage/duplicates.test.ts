import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Store } from '../../../lib/state/port';
import { DuplicateIndex } from '../../../lib/usage/records/duplicates';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';
import { aUsageRecord } from './memory-usage';

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
    await fc.assert(
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
});
