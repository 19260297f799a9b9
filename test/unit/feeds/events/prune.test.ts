import assert from 'node:assert/strict';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import type { RecordOptions } from '../../../../lib/feeds/records/options';
import { RecordReader } from '../../../../lib/feeds/records/reader';
import { type Store, statement } from '../../../../lib/state/port';
import { selectQuarantine } from '../../../../lib/state/tables/quarantine';
import { findFacts, putFacts } from '../../../../lib/state/tables/tenant-facts';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';
import { replayWithDeadLetter } from '../replay-with-dead-letter';
import { done, FeedDesk } from './feed-desk';

const hour = 3_600_000;
const day = 24 * hour;
const quarantined = async (store: Store) =>
  (await store.transaction(tx => selectQuarantine(tx, 'wap', 100))).map(({ feed, eventId }) => `${feed} ${eventId}`);

describe('what is forgotten of events', () => {
  let desk: FeedDesk;
  beforeEach(async () => {
    desk = await FeedDesk.open();
  });
  afterEach(cleanScratch);

  /** An event that came twice with two bodies. */
  const twoBodies = async () => {
    const feed = desk.feed({ overlap: 0 });
    const first = desk.wap.plan('a');
    await feed.poll();
    desk.wap.show('plans', { ...first, Entity: { Id: 'other' } });
    await desk.feed({ overlap: 1 }).poll();
    return desk.feed({ overlap: 0 });
  };

  it('is a body in quarantine, 40 days after, when its event is settled and gone', async () => {
    const feed = await twoBodies();
    await feed.settle((await feed.next())?.token ?? '', done);
    desk.clock.advance(39 * day);
    await feed.poll();
    assert.deepEqual(await quarantined(desk.store), ['plans 1']);
    desk.clock.advance(2 * day);
    await feed.poll();
    assert.deepEqual(await quarantined(desk.store), []);
  });

  it('is no body in quarantine whose event is open, however old', async () => {
    const feed = await twoBodies();
    desk.clock.advance(400 * day);
    await feed.poll();
    assert.deepEqual(await quarantined(desk.store), ['plans 1']);
  });

  describe('of a subscription', () => {
    const facts = (id: string, isGone: boolean) =>
      desk.store.transaction(tx =>
        putFacts(tx, 'wap', id, { body: JSON.stringify({ id }), isGone, now: desk.clock.now() }),
      );
    const isKnown = async (id: string) => (await desk.store.transaction(tx => findFacts(tx, 'wap', id))) !== null;
    it('are its facts, 40 days after it was deleted, and never those of one that lives', async () => {
      await facts('s1', true);
      await facts('s2', false);
      const feed = desk.feed();
      desk.clock.advance(39 * day);
      await feed.poll();
      assert.deepEqual([await isKnown('s1'), await isKnown('s2')], [true, true]);
      desk.clock.advance(2 * day);
      await feed.poll();
      assert.deepEqual([await isKnown('s1'), await isKnown('s2')], [false, true]);
    });

    it('are kept while an event of it is open or a dead letter', async () => {
      const feed = new EventFeed({ ...desk.settings(), feeds: ['subscriptions'] });
      desk.wap.raise('subscriptions', { Entity: { SubscriptionID: 's1' } });
      await feed.poll();
      await facts('s1', true);
      desk.clock.advance(41 * day);
      await feed.poll();
      assert.equal(await isKnown('s1'), true);
      await feed.settle((await feed.next())?.token ?? '', { result: 'dead', reason: 'no such offer' });
      await feed.poll();
      assert.equal(await isKnown('s1'), true);
      await feed.discard(1, 'tested', 'subscriptions');
      await feed.poll();
      assert.equal(await isKnown('s1'), false);
    });
  });
});

describe('what is forgotten of usage records', () => {
  const tables = ['usage_stream', 'usage_page', 'usage_slice', 'usage_exception', 'usage_digest'];
  let clock: StillClock;
  let store: Store;
  const wap = new MemoryUsage();
  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
  });
  afterEach(cleanScratch);
  const settings = (options: Partial<RecordOptions> = {}) => ({
    ...{ store, usage: wap, installation: 'wap', reader: 'billing', clock, options },
  });
  const read = async (feed: { poll: RecordFeed['poll'] }) => {
    while ((await feed.poll()).stopped === 'pages');
  };

  it('is a body in quarantine, 40 days after, when its page is gone, and never while that is open', async () => {
    const feed = new RecordFeed(settings({ pageSize: 5, batchSize: 5, overlap: 0, keepMs: 0, keepRecords: 0 }));
    wap.showAll(1, 5);
    await read(feed);
    wap.show({ EventId: 5, Resources: { DatabaseCount: '2' } });
    await read(new RecordFeed(settings({ overlap: 1 })));
    const goOn = async (firstId: number) => {
      wap.showAll(firstId, firstId + 4);
      await read(again);
    };
    const again = new RecordFeed(settings({ pageSize: 5, batchSize: 5, overlap: 0, keepMs: 0, keepRecords: 0 }));
    clock.advance(41 * day);
    await goOn(6);
    assert.deepEqual(await quarantined(store), ['usage 5']);
    await again.settle((await again.next())?.token ?? '', done);
    clock.advance(1);
    await goOn(11);
    assert.deepEqual(await quarantined(store), []);
  });

  it('is all of a replay, an hour after its end, and its dead letters after 40 days', async () => {
    const ended: string[] = [];
    const reader = new RecordReader(settings({ start: 'now' }), ({ replay }) => ended.push(replay));
    await read(reader.main);
    await reader.replay({ from: { id: 1 }, to: { id: 5 } });
    await replayWithDeadLetter(reader);
    assert.equal(ended.length, 1);
    const rows = async () => {
      const counts: number[] = [];
      for (const table of tables) {
        const count = statement<{ total: number }>(`SELECT COUNT(*) AS total FROM ${table}`);
        counts.push((await store.transaction(tx => tx.rows(count)))[0]?.total ?? -1);
      }
      return counts;
    };
    await reader.poll();
    assert.deepEqual(await rows(), [2, 1, 1, 1, 1]);
    clock.advance(2 * hour);
    await reader.poll();
    assert.deepEqual(await rows(), [2, 0, 0, 1, 0]);
    clock.advance(41 * day);
    await reader.poll();
    assert.deepEqual(await rows(), [1, 0, 0, 0, 0]);
  });
});
