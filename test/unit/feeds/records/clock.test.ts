import assert from 'node:assert/strict';
import type { RecordBatch } from '../../../../lib/feeds/records/batch';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import { Mapping } from '../../../../lib/mapping/mapping';
import type { Store } from '../../../../lib/state/port';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';

const day = 86_400_000;

describe('usage records, when the clock is set back', () => {
  let clock: StillClock;
  let wap: MemoryUsage;
  let store: Store;
  beforeEach(async () => {
    clock = new StillClock(100 * day);
    wap = new MemoryUsage();
    store = await scratchStore(clock);
    wap.showAll(1, 4);
  });
  afterEach(cleanScratch);

  const open = () =>
    new RecordFeed({
      ...{ store, usage: wap, installation: 'wap', reader: 'billing', clock },
      options: { batchSize: 2, maxOpenBatches: 3, overlap: 0 },
    });
  const take = async (feed: RecordFeed): Promise<RecordBatch> => (await feed.next()) ?? assert.fail('nothing is due');
  const idsOf = (batch: RecordBatch | null) => batch?.records.map(({ EventId }) => EventId) ?? null;

  for (const [when, reopened] of [
    ['while it runs', false],
    ['while it is stopped', true],
  ] as const) {
    it(`emits at once what was to come again later, set back ${when}`, async () => {
      const feed = open();
      await feed.poll();
      const [whole, part] = [await take(feed), await take(feed)];
      await feed.settle(whole.token, { result: 'retry', afterMs: 5000 });
      await feed.settle(part.token, [{ eventId: 3, result: 'retry', afterMs: 5000 }]);
      await feed.settle(part.token, { result: 'delivered' });
      assert.equal(await feed.next(), null);
      clock.time -= 2 * day;
      const later = reopened ? open() : feed;
      assert.deepEqual([idsOf(await later.next()), idsOf(await later.next())], [[1, 2], [3]]);
    });
  }

  it('emits what nobody acknowledged again after the usual wait', async () => {
    const feed = open();
    await feed.poll();
    await take(feed);
    await take(feed);
    clock.time -= 2 * day;
    assert.equal(await feed.next(), null);
    clock.time += 600_000;
    assert.deepEqual(
      [idsOf(await feed.next()), idsOf(await feed.next())],
      [
        [1, 2],
        [3, 4],
      ],
    );
  });

  it('still lets a record go when its mapping comes', async () => {
    const feed = open();
    await feed.poll();
    const reason = 'no mapping';
    await feed.settle((await take(feed)).token, { result: 'waiting', reason });
    await feed.settle((await take(feed)).token, { result: 'delivered' });
    clock.time -= 2 * day;
    const again = await take(feed);
    await feed.settle(again.token, { result: 'waiting', reason });
    assert.equal(await feed.next(), null);
    const subscription = again.records[0]?.SubscriptionId ?? '';
    const mapping = new Mapping(store, clock, { installation: 'wap', target: 'billing' });
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'subscription', wapId: subscription, billingId: 'b1' }, { by: 'test' }),
    );
    clock.time += 10_000;
    assert.notEqual(await feed.next(), null);
  });
});
