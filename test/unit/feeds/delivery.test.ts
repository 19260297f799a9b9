import assert from 'node:assert/strict';
import { EventFeed } from '../../../lib/feeds/events/feed';
import type { FeedOptions } from '../../../lib/feeds/events/options';
import type { Outcome } from '../../../lib/feeds/outcome';
import { settle } from '../../../lib/feeds/settle/settle';
import type { Store } from '../../../lib/state/port';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { MemoryWap } from './memory-wap';

const day = 24 * 3_600_000;
const done = { result: 'delivered' } as const;

describe('delivery of events', () => {
  let clock: StillClock;
  let store: Store;
  let wap: MemoryWap;
  const open = (options: Partial<FeedOptions> = {}) =>
    new EventFeed({
      store,
      usage: wap,
      installation: 'wap',
      reader: 'billing',
      feeds: ['plans', 'planServices'],
      clock,
      fetchParent: async () => false,
      options: { maxOpenBatches: 10, ...options },
    });
  /** A feed that has read `count` events of as many plans. */
  const loaded = async (count: number, options: Partial<FeedOptions> = {}) => {
    for (let n = 1; n <= count; n++) wap.plan(`p${n}`);
    const feed = open(options);
    await feed.poll();
    return feed;
  };
  const next = async (feed: EventFeed) => (await feed.next()) ?? assert.fail('nothing is due');
  const delivered = async (feed: EventFeed) =>
    (await feed.status()).feeds.find(each => each.feed === 'plans')?.delivered;

  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    wap = new MemoryWap();
  });
  afterEach(cleanScratch);

  it('emits batches of the size asked for, each event once', async () => {
    const feed = await loaded(5, { batchSize: 2 });
    const sizes = [(await next(feed)).count, (await next(feed)).count, (await next(feed)).count];
    assert.deepEqual([sizes, await feed.next()], [[2, 2, 1], null]);
  });

  it('emits no more batches than may be out', async () => {
    const feed = await loaded(5, { batchSize: 1, maxOpenBatches: 2 });
    const first = await next(feed);
    await next(feed);
    assert.equal(await feed.next(), null);
    await feed.settle(first.token, done);
    assert.equal((await next(feed)).firstId, 3);
  });

  it('counts what is out, waiting and settled', async () => {
    const feed = await loaded(3, { batchSize: 2 });
    clock.time += 500;
    const { token } = await next(feed);
    const { waiting, unacknowledged, batches, oldestAgeMs, nextDueAt } = await feed.status();
    assert.deepEqual([waiting, unacknowledged, batches, oldestAgeMs], [1, 2, 1, 500]);
    assert.equal(nextDueAt, clock.time - 500);
    await feed.settle(token, done);
    await feed.settle((await next(feed)).token, done);
    const after = await feed.status();
    assert.deepEqual(
      [after.waiting, after.unacknowledged, after.batches, after.oldestAgeMs, after.nextDueAt],
      [0, 0, 0, null, null],
    );
  });

  it('moves the delivered cursor only over what is settled without a gap', async () => {
    const feed = await loaded(4, { batchSize: 1 });
    const batches = [await next(feed), await next(feed), await next(feed)];
    await feed.settle(batches[1]?.token ?? '', done);
    await feed.settle(batches[2]?.token ?? '', done);
    assert.equal(await delivered(feed), -1);
    await feed.settle(batches[0]?.token ?? '', done);
    assert.equal(await delivered(feed), 3);
  });

  it('settles single events of a batch, each with its own outcome', async () => {
    const feed = await loaded(4);
    const { token } = await next(feed);
    const first = await feed.settle(token, [
      { eventId: 1, result: 'delivered' },
      { eventId: 2, result: 'dead', reason: 'no such product' },
      { eventId: 3, result: 'retry', afterMs: 1000 },
    ]);
    assert.deepEqual(first, { settled: 3, left: 1 });
    assert.deepEqual(await feed.settle(token, [{ eventId: 4, result: 'duplicate' }]), { settled: 1, left: 0 });
    assert.equal(await delivered(feed), 2);
    assert.equal(await feed.next(), null);
    clock.time += 1000;
    const again = await next(feed);
    assert.deepEqual([again.firstId, again.count, again.attempt], [3, 1, 2]);
    const [dead] = await feed.deadLetters();
    assert.deepEqual([dead?.eventId, dead?.reason], [2, 'no such product']);
  });

  it('takes the same acknowledgement again without any effect', async () => {
    const feed = await loaded(1);
    const { token } = await next(feed);
    assert.deepEqual(await feed.settle(token, done), { settled: 1, left: 0 });
    assert.deepEqual(await feed.settle(token, { result: 'dead', reason: 'too late' }), { settled: 0, left: 0 });
    assert.deepEqual(await feed.deadLetters(), []);
  });

  it('takes the same retry again without sending the event twice', async () => {
    const feed = await loaded(2);
    const { token } = await next(feed);
    const retry = [{ eventId: 1, result: 'retry' as const, afterMs: 0 }];
    assert.deepEqual(await feed.settle(token, retry), { settled: 1, left: 1 });
    assert.deepEqual(await feed.settle(token, retry), { settled: 0, left: 1 });
    assert.equal((await next(feed)).count, 1);
    assert.equal(await feed.next(), null);
  });

  it('refuses a token it does not know', async () => {
    const feed = await loaded(1);
    await assert.rejects(feed.settle('x', done), fails('STATE_DELIVERY', /token is not known/));
    await assert.rejects(feed.settle('', done), fails('INPUT_MISSING', /token is an empty text/));
  });

  it('refuses an event that the batch does not hold, and settles none of the list', async () => {
    const feed = await loaded(2, { batchSize: 1 });
    const { token } = await next(feed);
    const list = [1, 2].map(eventId => ({ eventId, result: 'delivered' as const }));
    await assert.rejects(feed.settle(token, list), fails('STATE_DELIVERY', /does not hold the event 2/));
    assert.equal((await feed.status()).unacknowledged, 1);
  });

  for (const [title, outcome, text] of [
    ['an unknown outcome', { result: 'fine' }, /give delivered, duplicate, retry, waiting or dead/],
    ['a retry without a time', { result: 'retry' }, /afterMs is nothing/],
    ['a dead letter without a reason', { result: 'dead', reason: '' }, /say why/],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const feed = await loaded(1);
      const { token } = await next(feed);
      await assert.rejects(feed.settle(token, outcome as Outcome), fails('INPUT_INVALID', text));
    });
  }

  it('emits an unacknowledged batch again after its time, under a new token', async () => {
    const feed = await loaded(2, { redeliveryMs: 1000 });
    const first = await next(feed);
    clock.time += 999;
    assert.equal(await feed.next(), null);
    clock.time += 1;
    const second = await next(feed);
    assert.deepEqual([second.firstId, second.count, second.attempt], [1, 2, 2]);
    assert.deepEqual([second.events[0]?.key, second.events[0]?.attempt], [first.events[0]?.key, 2]);
    await assert.rejects(feed.settle(first.token, done), fails('STATE_DELIVERY', /comes too late/));
    assert.deepEqual(await feed.settle(second.token, done), { settled: 2, left: 0 });
  });

  it('takes an acknowledgement that is late but comes before the batch does again', async () => {
    const feed = await loaded(1, { redeliveryMs: 1000 });
    const { token } = await next(feed);
    clock.time += 5000;
    assert.equal((await feed.settle(token, done)).settled, 1);
    assert.equal(await feed.next(), null);
  });

  it('emits what was out again at once after a restart', async () => {
    const first = await next(await loaded(2));
    const again = await next(open());
    assert.deepEqual([again.firstId, again.count, again.attempt], [1, 2, 2]);
    await assert.rejects(settle(store, clock, first.token, done), fails('STATE_DELIVERY', /comes too late/));
  });

  it('does not let a later event of a plan overtake one that is out or waits to be sent again', async () => {
    const feed = await loaded(2, { batchSize: 1 });
    wap.service('p1');
    await feed.poll();
    const first = await next(feed);
    assert.equal((await next(feed)).firstId, 2);
    assert.equal(await feed.next(), null);
    await feed.settle(first.token, { result: 'retry', afterMs: 1000 });
    assert.equal(await feed.next(), null);
    clock.time += 1000;
    await feed.settle((await next(feed)).token, { result: 'dead', reason: 'refused' });
    assert.equal((await next(feed)).firstId, 3);
  });

  it('sends a dead letter again when a person asks for it', async () => {
    const feed = await loaded(2);
    await feed.settle((await next(feed)).token, { result: 'dead', reason: 'no such product' });
    await feed.sendAgain(1, 'plans');
    assert.equal(await delivered(feed), -1);
    assert.deepEqual([(await next(feed)).firstId, (await feed.deadLetters()).length], [1, 1]);
  });

  it('settles in the transaction of the caller', async () => {
    const feed = await loaded(1);
    const { token } = await next(feed);
    const work = store.transaction(async tx => {
      await feed.settle(token, done, tx);
      throw new Error('the step failed');
    });
    await assert.rejects(work, /the step failed/);
    assert.equal((await feed.status()).unacknowledged, 1);
  });

  it('forgets settled events that are old, keeps the open ones, and takes none of them for new', async () => {
    const feed = await loaded(20, { overlap: 5, keepMs: day, batchSize: 1 });
    for (let n = 1; n <= 19; n++) {
      const { token, firstId } = await next(feed);
      if (firstId !== 3) await feed.settle(token, firstId === 4 ? { result: 'dead', reason: 'x' } : done);
    }
    clock.time += 2 * day;
    await feed.poll();
    const kept = async () => {
      const rows = await store.transaction(tx => tx.rows<{ event_id: number }>({ text: 'SELECT event_id FROM inbox' }));
      return rows.map(row => row.event_id).sort((a, b) => a - b);
    };
    assert.deepEqual(await kept(), [3, 4, 16, 17, 18, 19, 20]);
    const after = open({ overlap: 100, keepMs: day });
    assert.equal((await after.poll()).fetched, 0);
    assert.deepEqual(
      (await next(after)).events.map(each => each.event.EventId),
      [3, 20],
    );
  });

  it('takes no forgotten event for new when it reads pending ones around it again', async () => {
    wap.plan('first', { State: 2 });
    const feed = await loaded(10, { overlap: 0, keepMs: day });
    wap.plan('last', { State: 2 });
    await feed.settle((await next(feed)).token, done);
    clock.time += 2 * day;
    await feed.poll();
    await feed.poll();
    const { waiting, pending } = await feed.status();
    assert.deepEqual([await feed.next(), waiting, pending], [null, 0, 2]);
  });

  it('keeps no more settled events than it may', async () => {
    const feed = await loaded(20, { overlap: 0, overlapMs: 0, keepRows: 5 });
    await feed.settle((await next(feed)).token, done);
    await feed.poll();
    const [row] = await store.transaction(tx => tx.rows<{ n: number }>({ text: 'SELECT COUNT(*) AS n FROM inbox' }));
    assert.equal(row?.n, 5);
    assert.equal(await delivered(feed), 20);
  });

  it('settles events of several batches with one token, each in its own', async () => {
    const feed = await loaded(4, { batchSize: 2 });
    const [first, second] = [await next(feed), await next(feed)];
    const ids = [...first.events, ...second.events].map(({ event }) => event.EventId);
    await feed.settle(
      second.token,
      ids.map(eventId => ({ ...done, eventId })),
    );
    assert.deepEqual([(await feed.status()).batches, await delivered(feed)], [0, ids.at(-1)]);
  });

  it('takes it that an event is done after it was released or emitted again, and nothing else', async () => {
    const feed = await loaded(3, { redeliveryMs: 1000 });
    const early = await next(feed);
    const [one, two, three] = early.events.map(({ event }) => event.EventId);
    clock.time += 1000;
    const late = await next(feed);
    await feed.settle(early.token, [{ ...done, eventId: one ?? 0 }]);
    await assert.rejects(
      feed.settle(early.token, [{ result: 'retry', afterMs: 0, eventId: two ?? 0 }]),
      fails('STATE_DELIVERY', /too late/),
    );
    const again = open({ redeliveryMs: 1000 });
    await again.poll();
    await feed.settle(late.token, [{ ...done, eventId: two ?? 0 }]);
    assert.deepEqual(
      (await next(again)).events.map(({ event }) => event.EventId),
      [three],
    );
  });

  it('says which events nobody acknowledged in time', async () => {
    const feed = await loaded(2, { redeliveryMs: 1000 });
    await next(feed);
    clock.time += 1000;
    const { firstId } = await next(feed);
    assert.deepEqual(
      feed.alarms().map(({ kind, feed: of, eventId }) => [kind, of, eventId]),
      [['unacknowledged', 'plans', firstId]],
    );
  });
});
