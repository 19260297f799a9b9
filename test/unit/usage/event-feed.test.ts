import assert from 'node:assert/strict';
import type { Store } from '../../../lib/state/port';
import { EventFeed, type EventFeedSettings, type FeedOptions } from '../../../lib/usage/event-feed';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { MemoryWap } from './memory-wap';

const hour = 3_600_000;

describe('event feed', () => {
  let clock: StillClock;
  let store: Store;
  let wap: MemoryWap;
  let looked: string[];
  let known: Set<string>;
  const settings = (options: Partial<FeedOptions> = {}): EventFeedSettings => ({
    store,
    usage: wap,
    installation: 'wap',
    consumer: 'billing',
    feeds: ['plans', 'addons', 'planServices', 'planAddons'],
    clock,
    fetchParent: async ({ type, id }) => {
      looked.push(`${type} ${id}`);
      return known.has(id);
    },
    options: { maxOpenBatches: 10, ...options },
  });
  const open = (options: Partial<FeedOptions> = {}) => new EventFeed(settings(options));
  const idsOf = async (feed: EventFeed) => (await feed.next())?.events.map(each => each.event.EventId) ?? null;
  const alarmsOf = async (feed: EventFeed) => (await feed.poll()).alarms.map(alarm => `${alarm.kind} ${alarm.eventId}`);
  const cursorOf = async (feed: EventFeed, name: string) => {
    const { fetched, delivered } = (await feed.status()).feeds.find(each => each.feed === name) ?? {};
    return { fetched, delivered };
  };
  const done = { result: 'delivered' } as const;

  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    wap = new MemoryWap();
    looked = [];
    known = new Set();
  });
  afterEach(cleanScratch);

  describe('reading', () => {
    it('emits the events of all feeds in the order of their ids', async () => {
      for (const plan of ['a', 'b', 'c']) {
        wap.plan(plan);
        wap.service(plan);
      }
      const feed = open({ pageSize: 2 });
      assert.equal((await feed.poll()).fetched, 6);
      const batch = await feed.next();
      const { token: _, events, ...delivery } = batch ?? assert.fail();
      assert.deepEqual(delivery, { feed: 'events', firstId: 1, lastId: 6, count: 6, attempt: 1 });
      assert.deepEqual(
        events.map(each => `${each.event.EventId} ${each.feed} ${each.key}`),
        [
          '1 plans wap/plans/1',
          '2 planServices wap/planServices/2',
          '3 plans wap/plans/3',
          '4 planServices wap/planServices/4',
          '5 plans wap/plans/5',
          '6 planServices wap/planServices/6',
        ],
      );
    });

    it('gives an event as WAP sent it, with fields it does not know', async () => {
      const event = wap.plan('a', { Extra: { deep: [1, null, 'ñ'] } });
      const feed = open();
      await feed.poll();
      assert.deepEqual((await feed.next())?.events[0]?.event, event);
    });

    it('asks for the next page only when the last one is stored', async () => {
      for (let n = 0; n < 6; n++) wap.plan(`p${n}`);
      const feed = open({ pageSize: 2 });
      const stored: number[] = [];
      wap.before = async name => {
        if (name === 'plans') stored.push((await cursorOf(feed, 'plans')).fetched ?? -1);
      };
      await feed.poll();
      assert.deepEqual(stored.slice(0, 4), [-1, 2, 4, 6]);
    });

    it('emits nothing that might have an unread event below it', async () => {
      wap.plan('a');
      wap.raise('addons');
      const feed = open();
      let late = false;
      wap.before = name => {
        // Both arrive after the plans were read, the add-on is read at once.
        if (name === 'addons' && !late) {
          late = true;
          wap.plan('b');
          wap.raise('addons');
        }
      };
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [1, 2, 3, 4]);
    });

    it('holds back an event that was read before lower ones of another feed', async () => {
      for (let n = 1; n <= 6; n++) wap.plan(`p${n}`);
      wap.raise('addons', { EventId: 50 });
      const feed = open({ pageSize: 2, maxPages: 5 });
      assert.equal((await feed.poll()).stopped, 'pages');
      assert.equal((await feed.status()).waiting, 5);
      assert.deepEqual(await idsOf(feed), [1, 2, 3, 4]);
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [5, 6, 50]);
    });

    it('holds back events above a feed that fails, and reads it again at the next poll', async () => {
      wap.plan('a');
      wap.raise('addons');
      const feed = open();
      wap.before = name => {
        if (name === 'plans') throw new Error('plans are down');
      };
      const { failures, fetched } = await feed.poll();
      assert.deepEqual(
        [fetched, failures.map(failure => `${failure.feed} ${String(failure.error)}`)],
        [1, ['plans Error: plans are down']],
      );
      assert.equal(await feed.next(), null);
      wap.before = () => undefined;
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [1, 2]);
    });

    it('takes a feed that WAP does not offer for an empty one', async () => {
      wap.plan('a');
      const feed = new EventFeed({ ...settings(), feeds: ['plans', 'addOnServices'] });
      assert.deepEqual((await feed.poll()).failures, []);
      assert.deepEqual(await idsOf(feed), [1]);
    });

    it('ignores a page that comes again', async () => {
      wap.plan('a');
      const feed = open();
      await feed.poll();
      assert.deepEqual([(await feed.poll()).fetched, await idsOf(feed), await idsOf(feed)], [0, [1], null]);
    });

    it('finds an event that WAP shows late, within the overlap', async () => {
      wap.plan('a', { EventId: 50 });
      const feed = open({ overlap: 10 });
      await feed.poll();
      wap.show('plans', { EventId: 45 });
      wap.show('plans', { EventId: 30 });
      assert.equal((await feed.poll()).fetched, 1);
      assert.deepEqual(await idsOf(feed), [45, 50]);
    });

    for (const [start, ids] of [
      ['beginning', [1, 2, 3, 4]],
      ['now', [4]],
      [3, [3, 4]],
    ] as const) {
      it(`starts at ${start}`, async () => {
        for (const plan of ['a', 'b', 'c']) wap.plan(plan);
        const feed = open({ start, pageSize: 2 });
        await feed.poll();
        wap.plan('d');
        await feed.poll();
        assert.deepEqual(await idsOf(feed), ids);
      });
    }

    it('goes on where it was, whatever the start position says later', async () => {
      wap.plan('a');
      await open({ start: 'now' }).poll();
      wap.plan('b');
      const feed = open({ start: 'beginning' });
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [2]);
    });

    it('stops with an alarm when too much is open, and goes on when it is settled', async () => {
      for (let n = 0; n < 10; n++) wap.plan(`p${n}`);
      const feed = open({ pageSize: 2, maxOpen: 4 });
      const first = await feed.poll();
      assert.deepEqual([first.stopped, first.alarms[0]?.kind, first.fetched], ['full', 'full', 4]);
      const taken: number[] = [];
      for (let round = 0; round < 5; round++) {
        const batch = await feed.next();
        if (batch) await feed.settle(batch.token, done);
        taken.push(...(batch?.events.map(each => each.event.EventId) ?? []));
        await feed.poll();
      }
      assert.deepEqual(taken, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('is never stuck on one full feed while another keeps its events back', async () => {
      for (let n = 0; n < 10; n++) wap.plan(`p${n}`);
      for (let n = 0; n < 10; n++) wap.raise('addons');
      const feed = open({ pageSize: 10, maxOpen: 3, batchSize: 30 });
      await feed.poll();
      assert.equal((await idsOf(feed))?.[0], 1);
    });

    it('refuses a page that WAP answers to another question', async () => {
      wap.plan('a');
      const feed = open();
      wap.events = async () => [{ ...wap.plan('x'), EventId: 1 }];
      const { failures } = await feed.poll();
      assert.match(String(failures[0]?.error), /the page from \d+ ends at 1/);
    });

    it('is one poll when asked twice at once', async () => {
      wap.plan('a');
      const feed = open();
      const [one, two] = await Promise.all([feed.poll(), feed.poll()]);
      assert.equal(one, two);
    });

    it('ends with the reason of its signal', async () => {
      const feed = open();
      const stop = new AbortController();
      wap.before = () => stop.abort(new Error('redeployed'));
      await assert.rejects(feed.poll(stop.signal), /redeployed/);
    });

    it('cannot write any more when another one has taken over', async () => {
      wap.plan('a');
      const old = open();
      await old.poll();
      await open().poll();
      wap.plan('b');
      const { failures } = await old.poll();
      assert.match(String(failures[0]?.error), /Another poll node reads the events of wap for billing/);
    });

    it('serves two consumers, each with its own cursor', async () => {
      wap.plan('a');
      const one = open();
      await one.poll();
      const two = new EventFeed({ ...settings(), consumer: 'other' });
      await two.poll();
      await one.settle((await one.next())?.token ?? '', done);
      assert.deepEqual(await idsOf(two), [1]);
      assert.deepEqual([(await one.status()).unacknowledged, (await two.status()).unacknowledged], [0, 1]);
    });
  });

  describe('what WAP decides', () => {
    it('changes nothing for a rejected event, which counts as settled', async () => {
      wap.plan('a', { State: 1 });
      const feed = open();
      await feed.poll();
      assert.equal(await feed.next(), null);
      assert.deepEqual(await cursorOf(feed, 'plans'), { fetched: 1, delivered: 1 });
    });

    for (const [state, emitted] of [
      [0, [2]],
      [1, null],
    ] as const) {
      it(`reads a pending event again until it has state ${state}`, async () => {
        wap.plan('a');
        wap.plan('b', { State: 2 });
        const feed = open({ overlap: 0 });
        await feed.poll();
        await feed.settle((await feed.next())?.token ?? '', done);
        assert.deepEqual([await idsOf(feed), (await feed.status()).pending], [null, 1]);
        assert.deepEqual(await cursorOf(feed, 'plans'), { fetched: 2, delivered: 1 });
        wap.show('plans', { EventId: 2, State: 3, Entity: { Id: 'b' } });
        await feed.poll();
        wap.show('plans', { EventId: 2, State: state, Entity: { Id: 'b' } });
        assert.deepEqual((await feed.poll()).alarms, []);
        assert.deepEqual([await idsOf(feed), (await feed.status()).pending], [emitted, 0]);
      });
    }

    it('raises one alarm for an event that stays pending for a day', async () => {
      wap.plan('a', { State: 2 });
      const feed = open();
      await feed.poll();
      clock.time += 24 * hour;
      assert.deepEqual(await alarmsOf(feed), ['pending 1']);
      assert.deepEqual(await alarmsOf(feed), []);
    });

    it('does not let a pending event hold up others', async () => {
      wap.plan('a', { State: 2 });
      wap.plan('b');
      const feed = open();
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [2]);
    });

    it('keeps the first body of an id, and puts another one in quarantine with one alarm', async () => {
      const first = wap.plan('a');
      const feed = open();
      await feed.poll();
      wap.show('plans', { ...first, Entity: { Id: 'forged' } });
      assert.deepEqual(await alarmsOf(feed), ['quarantine 1']);
      assert.deepEqual(await alarmsOf(feed), []);
      assert.deepEqual((await feed.next())?.events[0]?.event, first);
      const [second] = await feed.quarantined();
      assert.match(second?.body ?? '', /forged/);
    });

    it('does not mind another order of fields', async () => {
      const { State, ...rest } = wap.plan('a');
      const feed = open();
      await feed.poll();
      wap.show('plans', { ...rest, Entity: { DisplayName: 'a', Id: 'a' }, State });
      assert.deepEqual(await alarmsOf(feed), []);
    });
  });

  describe('parents', () => {
    it('lets an event of an unknown plan wait without holding up others', async () => {
      wap.service('unknown');
      wap.plan('a');
      const feed = open();
      await feed.poll();
      assert.deepEqual([await idsOf(feed), looked, (await feed.status()).waiting], [[2], [], 1]);
    });

    it('emits it when the plan shows up', async () => {
      wap.service('late');
      const feed = open();
      await feed.poll();
      wap.plan('late');
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [1, 2]);
    });

    it('asks WAP for the plan after the limit, and emits the event when it is there', async () => {
      wap.service('old');
      known.add('old');
      const feed = open({ start: 'beginning', parentLimitMs: 1000 });
      await feed.poll();
      clock.time += 1000;
      await feed.poll();
      assert.deepEqual([looked, await idsOf(feed)], [['plan old'], [1]]);
    });

    it('waits for both the plan and the add-on of a link', async () => {
      wap.raise('planAddons', { EntityParentId: 'p', Entity: { AddOnId: 'a' } });
      wap.plan('p');
      const feed = open();
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [2]);
      wap.raise('addons', { Entity: { Id: 'a' } });
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [1, 3]);
    });

    it('parks it visibly when WAP does not know the plan either', async () => {
      wap.service('gone');
      wap.plan('a');
      const feed = open({ parentLimitMs: 1000 });
      await feed.poll();
      clock.time += 1000;
      assert.deepEqual(await alarmsOf(feed), ['parked 1']);
      assert.deepEqual(await alarmsOf(feed), []);
      const [parked] = await feed.parked();
      assert.deepEqual([parked?.eventId, parked?.reason], [1, 'WAP does not know the plan gone']);
      assert.deepEqual(await idsOf(feed), [2]);
    });

    it('asks again later when the look-up fails, and says so', async () => {
      wap.service('p');
      const feed = new EventFeed({
        ...settings({ parentLimitMs: 1000 }),
        fetchParent: async () => {
          looked.push('asked');
          throw new Error('admin API is down');
        },
      });
      await feed.poll();
      clock.time += 1000;
      assert.match(String((await feed.poll()).failures[0]?.error), /admin API is down/);
      await feed.poll();
      assert.equal(looked.length, 1);
      clock.time += 1000;
      await feed.poll();
      assert.equal(looked.length, 2);
    });

    it('lets a person send a parked event on, or give it up', async () => {
      wap.service('gone');
      wap.service('gone too');
      const feed = open({ parentLimitMs: 0 });
      await feed.poll();
      await feed.sendAgain('planServices', 1);
      await feed.giveUp('planServices', 2, 'the plan was a test');
      assert.deepEqual(await idsOf(feed), [1]);
      assert.deepEqual(
        (await feed.deadLetters()).map(row => row.reason),
        ['the plan was a test'],
      );
      const again = feed.sendAgain('planServices', 1);
      await assert.rejects(again, fails('STATE_NOT_FOUND', /neither a dead letter nor parked/));
    });

    it('does not wait for a plan that the event does not name', async () => {
      wap.raise('planServices', { EntityParentId: null });
      const feed = open();
      await feed.poll();
      assert.deepEqual(await idsOf(feed), [1]);
    });
  });
});
