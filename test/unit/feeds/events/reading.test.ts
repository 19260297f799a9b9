import assert from 'node:assert/strict';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import { cleanScratch } from '../../state/scratch';
import { cursorOf, done, FeedDesk, idsOf } from './feed-desk';

describe('event feed: reading', () => {
  let desk: FeedDesk;
  beforeEach(async () => {
    desk = await FeedDesk.open();
  });
  afterEach(cleanScratch);

  it('emits the events of all feeds in the order of their ids', async () => {
    for (const plan of ['a', 'b', 'c']) {
      desk.wap.plan(plan);
      desk.wap.service(plan);
    }
    const feed = desk.feed({ pageSize: 2 });
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
    const event = desk.wap.plan('a', { Extra: { deep: [1, null, 'ñ'] } });
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual((await feed.next())?.events[0]?.event, event);
  });

  it('asks for the next page only when the last one is stored', async () => {
    for (let n = 0; n < 6; n++) desk.wap.plan(`p${n}`);
    const feed = desk.feed({ pageSize: 2 });
    const stored: number[] = [];
    desk.wap.before = async name => {
      if (name === 'plans') stored.push((await cursorOf(feed, 'plans')).fetched ?? -1);
    };
    await feed.poll();
    assert.deepEqual(stored.slice(0, 4), [-1, 2, 4, 6]);
  });

  it('emits nothing that might have an unread event below it', async () => {
    desk.wap.plan('a');
    desk.wap.raise('addons');
    const feed = desk.feed();
    let late = false;
    desk.wap.before = name => {
      // Both arrive after the plans were read, the add-on is read at once.
      if (name === 'addons' && !late) {
        late = true;
        desk.wap.plan('b');
        desk.wap.raise('addons');
      }
    };
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1, 2, 3, 4]);
  });

  it('holds back an event that was read before lower ones of another feed', async () => {
    for (let n = 1; n <= 6; n++) desk.wap.plan(`p${n}`);
    desk.wap.raise('addons', { EventId: 50 });
    const feed = desk.feed({ pageSize: 2, maxPages: 5 });
    assert.equal((await feed.poll()).stopped, 'pages');
    assert.equal((await feed.status()).waiting, 5);
    assert.deepEqual(await idsOf(feed), [1, 2, 3, 4]);
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [5, 6, 50]);
  });

  it('holds back events above a feed that fails, and reads it again at the next poll', async () => {
    desk.wap.plan('a');
    desk.wap.raise('addons');
    const feed = desk.feed();
    desk.wap.before = name => {
      if (name === 'plans') throw new Error('plans are down');
    };
    const { failures, fetched } = await feed.poll();
    assert.deepEqual(
      [fetched, failures.map(failure => `${failure.feed} ${String(failure.error)}`)],
      [1, ['plans Error: plans are down']],
    );
    assert.equal(await feed.next(), null);
    desk.wap.before = () => undefined;
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1, 2]);
  });

  it('takes a feed that WAP does not offer for an empty one', async () => {
    desk.wap.plan('a');
    const feed = new EventFeed({ ...desk.settings(), feeds: ['plans', 'addOnServices'] });
    assert.deepEqual((await feed.poll()).failures, []);
    assert.deepEqual(await idsOf(feed), [1]);
  });

  it('ignores a page that comes again', async () => {
    desk.wap.plan('a');
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual([(await feed.poll()).fetched, await idsOf(feed), await idsOf(feed)], [0, [1], null]);
  });

  it('finds an event that WAP shows late, within the overlap', async () => {
    desk.wap.plan('a', { EventId: 50 });
    const feed = desk.feed({ overlap: 10, overlapMs: 0, missingMs: 0 });
    await feed.poll();
    desk.wap.show('plans', { EventId: 45 });
    desk.wap.show('plans', { EventId: 30 });
    assert.equal((await feed.poll()).fetched, 1);
    assert.deepEqual(await idsOf(feed), [45, 50]);
  });

  describe('what WAP shows late', () => {
    const settleAll = async (feed: EventFeed) => {
      const ids: number[] = [];
      for (let batch = await feed.next(); batch; batch = await feed.next()) {
        ids.push(...batch.events.map(({ event }) => event.EventId));
        await feed.settle(batch.token, done);
      }
      return ids;
    };
    const later = (minutes: number) => desk.clock.advance(minutes * 60_000);
    /** 1 to 600 but for 300, all settled. */
    const withGap = async () => {
      for (let id = 1; id <= 600; id++) if (id !== 300) desk.wap.plan(`p${id}`, { EventId: id });
      const feed = desk.feed();
      await feed.poll();
      assert.equal((await settleAll(feed)).length, 599);
      return feed;
    };

    for (const [title, minutes] of [
      ['at the next turn', 1],
      ['fourteen minutes', 14],
      ['twenty hours', 1200],
    ] as const) {
      it(`is found far below the cursor, ${title} later and after a restart`, async () => {
        await withGap();
        later(minutes);
        desk.wap.show('plans', { EventId: 300 });
        const feed = desk.feed();
        assert.equal((await feed.poll()).fetched, 1);
        assert.deepEqual(await settleAll(feed), [300]);
        assert.deepEqual(await cursorOf(feed, 'plans'), { fetched: 600, delivered: 600 });
      });
    }

    it('is found at the latest a quarter of an hour after, without a restart', async () => {
      const feed = await withGap();
      later(60);
      await feed.poll();
      later(10);
      desk.wap.show('plans', { EventId: 300 });
      await feed.poll();
      later(6);
      await feed.poll();
      assert.deepEqual(await settleAll(feed), [300]);
    });

    it('is given up after a day, with one alarm that names it, and not when another feed has it', async () => {
      const feed = await withGap();
      desk.wap.show('subscriptions', { EventId: 300 });
      desk.wap.plan('later', { EventId: 700 });
      later(60);
      await feed.poll();
      await settleAll(feed);
      const alarms: unknown[] = [];
      for (let hours = 0; hours < 50; hours++) {
        later(60);
        alarms.push(...(await feed.poll()).alarms.map(({ kind, ids }) => [kind, ids]));
      }
      assert.deepEqual(alarms, [['missing', [[601, 699]]]]);
    });

    it('is told of after a day however much was read on that day', async function () {
      this.timeout(30_000);
      const ids = Array.from({ length: 20_500 }, (_, index) => index + 1).filter(id => id < 20_400 || id > 20_402);
      let end = 1;
      const raised = desk.wap.plan('p');
      desk.wap.events = async (of, startId, size) => {
        const shown = of === 'plans' ? ids.filter(id => id >= startId && id <= end).slice(0, size) : [];
        return shown.map(id => ({ ...raised, EventId: id }));
      };
      const feed = desk.feed({ pageSize: 10_000, maxOpen: 50_000 });
      await feed.poll();
      later(2);
      end = 20_500;
      await feed.poll();
      const alarms: unknown[] = [];
      for (const hours of [1, 25]) {
        later(hours * 60);
        alarms.push(...(await feed.poll()).alarms.map(({ kind, ids: missing }) => [kind, missing]));
      }
      assert.deepEqual(alarms, [['missing', [[20_400, 20_402]]]]);
    });

    it('is asked for no more than a turn reads anyway where nothing is missing', async () => {
      for (let id = 1; id <= 600; id++) desk.wap.plan(`p${id}`, { EventId: id });
      const feed = desk.feed();
      await feed.poll();
      later(60);
      await feed.poll();
      later(60);
      desk.wap.calls.length = 0;
      await desk.feed().poll();
      assert.equal(desk.wap.calls[0], 'plans 501');
    });
  });

  for (const [start, ids] of [
    ['beginning', [1, 2, 3, 4]],
    ['now', [4]],
    [3, [3, 4]],
  ] as const) {
    it(`starts at ${start}`, async () => {
      for (const plan of ['a', 'b', 'c']) desk.wap.plan(plan);
      const feed = desk.feed({ start, pageSize: 2 });
      await feed.poll();
      desk.wap.plan('d');
      await feed.poll();
      assert.deepEqual(await idsOf(feed), ids);
    });
  }

  it('goes on where it was, whatever the start position says later', async () => {
    desk.wap.plan('a');
    await desk.feed({ start: 'now' }).poll();
    desk.wap.plan('b');
    const feed = desk.feed({ start: 'beginning' });
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [2]);
  });

  it('stops with an alarm when too much is open, and goes on when it is settled', async () => {
    for (let n = 0; n < 10; n++) desk.wap.plan(`p${n}`);
    const feed = desk.feed({ pageSize: 2, maxOpen: 4 });
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
    for (let n = 0; n < 10; n++) desk.wap.plan(`p${n}`);
    for (let n = 0; n < 10; n++) desk.wap.raise('addons');
    const feed = desk.feed({ pageSize: 10, maxOpen: 3, batchSize: 30 });
    await feed.poll();
    assert.equal((await idsOf(feed))?.[0], 1);
  });

  it('ends a turn at what was there by then, while WAP makes events as fast as pages come', async () => {
    const feed = desk.feed();
    let made = 0;
    desk.wap.before = name => {
      desk.wap.raise(name, { EntityParentId: null });
      made += 1;
    };
    const { stopped } = await feed.poll();
    assert.equal(stopped, null);
    assert.ok(made < 20, `${made} pages`);
    assert.deepEqual((await idsOf(feed))?.slice(0, 4), [1, 2, 3, 4]);
  });

  it('takes pages that WAP cuts to a length of its own for no end', async () => {
    for (let n = 0; n < 50; n++) desk.wap.plan(`p${n}`);
    const events = desk.wap.events.bind(desk.wap);
    desk.wap.events = (feed, startId, size) => events(feed, startId, Math.min(size, 12));
    assert.equal((await desk.feed().poll()).fetched, 50);
  });

  it('refuses a page that WAP answers to another question', async () => {
    desk.wap.plan('a');
    const feed = desk.feed({ pageSize: 1 });
    desk.wap.events = async () => [{ ...desk.wap.plan('x'), EventId: 1 }];
    const { failures } = await feed.poll();
    assert.match(String(failures[0]?.error), /the page from \d+ ends at 1/);
  });

  it('is one poll when asked twice at once', async () => {
    desk.wap.plan('a');
    const feed = desk.feed();
    const [one, two] = await Promise.all([feed.poll(), feed.poll()]);
    assert.equal(one, two);
  });

  it('ends with the reason of its signal', async () => {
    const feed = desk.feed();
    const stop = new AbortController();
    desk.wap.before = () => stop.abort(new Error('redeployed'));
    await assert.rejects(feed.poll(stop.signal), /redeployed/);
  });

  it('cannot write any more when another one has taken over', async () => {
    desk.wap.plan('a');
    const old = desk.feed();
    await old.poll();
    await desk.feed().poll();
    desk.wap.plan('b');
    const { failures } = await old.poll();
    assert.match(
      String(failures[0]?.error),
      /Another poll node reads the events of wap for billing: .*different reader names\./,
    );
  });

  it('serves two consumers, each with its own cursor', async () => {
    desk.wap.plan('a');
    const one = desk.feed();
    await one.poll();
    const two = new EventFeed({ ...desk.settings(), reader: 'other' });
    await two.poll();
    await one.settle((await one.next())?.token ?? '', done);
    assert.deepEqual(await idsOf(two), [1]);
    assert.deepEqual([(await one.status()).unacknowledged, (await two.status()).unacknowledged], [0, 1]);
  });
});
