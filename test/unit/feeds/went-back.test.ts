import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import type { EventFeed } from '../../../lib/feeds/events/feed';
import { RecordFeed } from '../../../lib/feeds/records/feed';
import { RecordReader } from '../../../lib/feeds/records/reader';
import type { Store } from '../../../lib/state/port';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { startWorld, type World } from '../wap/world';
import { done, FeedDesk } from './events/feed-desk';
import { PollerDesk } from './loop/poller-desk';
import { MemoryUsage } from './memory-usage';

const day = 86_400_000;
const counted = (id: number) => 10_000_000_000_000 + id;
const codes = (failures: ReadonlyArray<{ error: unknown }>) =>
  failures.map(({ error }) => (error instanceof AdapterError ? error.code : String(error)));

describe("events, when WAP's database is restored", () => {
  let desk: FeedDesk;
  let feed: EventFeed;
  const plans = (count: number, name = 'p') => {
    for (let each = 0; each < count; each++) desk.wap.plan(`${name}${each}`);
  };
  const take = async (from = feed) => {
    const keys: string[] = [];
    for (let batch = await from.next(); batch; batch = await from.next()) {
      keys.push(...batch.events.map(({ key }) => key));
      await from.settle(batch.token, done);
    }
    return keys;
  };
  const quarantined = async () => (await feed.status()).quarantined;
  beforeEach(async () => {
    desk = await FeedDesk.open();
    desk.clock.time = Date.UTC(2026, 0, 2);
    feed = desk.feed();
    plans(50);
    await feed.poll();
    assert.equal((await take()).length, 50);
    desk.clock.advance(60_000);
  });
  afterEach(cleanScratch);

  it('are not read any further, with one alarm that says where the feed ends', async () => {
    desk.wap.restore(40);
    plans(3, 'new');
    const { failures, alarms, fetched } = await feed.poll();
    assert.deepEqual([codes(failures), fetched], [['WAP_WENT_BACK'], 0]);
    assert.deepEqual(
      alarms.map(({ kind, feed: of }) => [kind, of]),
      [['wentBack', 'plans']],
    );
    assert.match(
      alarms[0]?.message ?? '',
      /feed plans ends at 43 .*50 was read: was WAP's database restored\?.*beginAnew/,
    );
    const again = await feed.poll();
    assert.deepEqual([codes(again.failures), again.alarms, await quarantined()], [['WAP_WENT_BACK'], [], 0]);
    assert.deepEqual(await take(), []);
  });

  it('are not taken for others when the ids have come as far again', async () => {
    desk.wap.restore(40);
    plans(60, 'new');
    const { failures, fetched } = await desk.feed().poll();
    assert.deepEqual([codes(failures), fetched, await quarantined()], [['WAP_WENT_BACK'], 0, 0]);
  });

  it('are read anew from an id on, under keys of their own, and what was known is known by its content', async () => {
    desk.wap.restore(40);
    plans(3, 'new');
    await feed.poll();
    assert.deepEqual(await feed.beginAnew(35), { fromId: 35, countedFrom: counted(35) });
    const { failures } = await feed.poll();
    assert.deepEqual(failures, []);
    assert.deepEqual(
      await take(),
      [41, 42, 43].map(id => `wap/plans/${counted(id)}`),
    );
    plans(1, 'later');
    const restarted = desk.feed();
    await restarted.poll();
    assert.deepEqual(await take(restarted), [`wap/plans/${counted(44)}`]);
    assert.equal((await restarted.poll()).fetched, 0);
  });

  it('leave what was open before open, and it comes first', async () => {
    plans(1, 'open');
    await feed.poll();
    desk.wap.restore(40);
    plans(1, 'new');
    await feed.poll();
    await feed.beginAnew(41);
    await feed.poll();
    assert.deepEqual(await take(), ['wap/plans/51', `wap/plans/${counted(41)}`]);
  });

  it('can be restored a second time', async () => {
    for (const number of [1, 2]) {
      desk.wap.restore(40);
      plans(5, `new${number}-`);
      assert.deepEqual(codes((await feed.poll()).failures), ['WAP_WENT_BACK']);
      await feed.beginAnew(41);
      await feed.poll();
      assert.equal((await take())[0], `wap/plans/${number * 10_000_000_000_000 + 41}`);
      desk.clock.advance(60_000);
    }
  });

  it('are no matter when WAP shows nothing at all for once, and are read on without help', async () => {
    const events = desk.wap.events.bind(desk.wap);
    for (let times = 1; times <= 2; times++) {
      desk.wap.events = async () => [];
      const { failures, alarms } = await feed.poll();
      assert.deepEqual([codes(failures), alarms], [['WAP_BAD_RESPONSE'], []]);
      await assert.rejects(feed.beginAnew(1), fails('WAP_REFUSED', /not restored/));
      desk.wap.events = events;
      plans(1);
      const next = await feed.poll();
      assert.deepEqual([next.failures, next.fetched], [[], 1]);
    }
  });

  for (const empty of [1, 2, 3]) {
    it(`are no matter when WAP shows nothing for ${empty} answers and everything again while it is looked at`, async () => {
      const events = desk.wap.events.bind(desk.wap);
      let left = empty;
      desk.wap.events = async (...asked) => (asked[0] === 'plans' && left-- > 0 ? [] : events(...asked));
      const { failures, alarms } = await feed.poll();
      assert.deepEqual([codes(failures), alarms], [[], []]);
    });
  }

  it('are told when WAP shows nothing at all a second time, and read on when it shows again what it showed', async () => {
    const events = desk.wap.events.bind(desk.wap);
    desk.wap.events = async () => [];
    await feed.poll();
    const { failures, alarms } = await feed.poll();
    assert.deepEqual([codes(failures), alarms.map(({ kind }) => kind)], [['WAP_WENT_BACK'], ['wentBack']]);
    desk.wap.events = events;
    plans(1);
    const next = await feed.poll();
    assert.deepEqual([next.failures, next.fetched], [[], 1]);
  });

  it('are no matter when WAP deletes what is older than it keeps', async () => {
    const now = new Date(desk.clock.now()).toISOString();
    desk.wap.plan('last', { NotificationEventTimeCreated: now });
    await feed.poll();
    await take();
    desk.clock.advance(31 * day);
    desk.wap.restore(0);
    const { failures, alarms } = await feed.poll();
    assert.deepEqual([failures, alarms.map(({ kind }) => kind)], [[], []]);
  });

  it('are no matter when a single one has other content, which goes to quarantine', async () => {
    desk.wap.show('plans', { EventId: 50, Entity: { Id: 'other' } });
    const { failures, alarms } = await feed.poll();
    assert.deepEqual([failures, alarms.map(({ kind }) => kind)], [[], ['quarantine']]);
  });
});

describe("usage records, when WAP's database is restored", () => {
  let clock: StillClock;
  let store: Store;
  let wap: MemoryUsage;
  let feed: RecordFeed;
  const open = () => new RecordFeed(settings());
  const settings = () => ({ store, usage: wap, installation: 'wap', reader: 'billing', clock });
  const restore = (lastId: number) => {
    for (const id of [...wap.shown.keys()]) if (id > lastId) wap.shown.delete(id);
  };
  const show = (from: number, to: number) => {
    for (let id = from; id <= to; id++) wap.show({ EventId: id, ExternalRecordId: `new${id}` });
  };
  const read = async (from = feed) => {
    const found = { codes: [] as string[], alarms: [] as string[], fetched: 0 };
    for (;;) {
      const { stopped, alarms, failures, fetched } = await from.poll();
      found.codes.push(...codes(failures));
      found.alarms.push(...alarms.map(({ kind }) => kind));
      found.fetched += fetched;
      if (stopped !== 'pages') return found;
    }
  };
  const take = async (from = feed) => {
    const keys: string[] = [];
    for (let batch = await from.next(); batch; batch = await from.next()) {
      for (const { EventId } of batch.records) keys.push(`${batch.keyPrefix}${EventId}`);
      await from.settle(batch.token, done);
    }
    return keys;
  };
  beforeEach(async () => {
    clock = new StillClock(Date.UTC(2026, 0, 2));
    store = await scratchStore(clock);
    wap = new MemoryUsage();
    wap.showAll(1, 3000);
    feed = open();
    await read();
    assert.equal((await take()).length, 3000);
    clock.advance(60_000);
  });
  afterEach(cleanScratch);

  it('are not read any further, with one alarm, and nothing goes to quarantine', async () => {
    restore(2000);
    show(2001, 2100);
    const found = await read();
    assert.deepEqual(found, { codes: ['WAP_WENT_BACK'], alarms: ['wentBack'], fetched: 0 });
    assert.deepEqual(await read(), { codes: ['WAP_WENT_BACK'], alarms: [], fetched: 0 });
    assert.equal((await feed.status()).quarantined, 0);
  });

  it('are not taken for others when the ids have come as far again, also after a restart', async () => {
    restore(2000);
    show(2001, 3500);
    feed = open();
    assert.deepEqual((await read()).codes, ['WAP_WENT_BACK']);
    assert.deepEqual([(await feed.status()).quarantined, await take()], [0, []]);
  });

  it('are no matter when WAP shows everything again while it is looked at', async () => {
    const records = wap.records.bind(wap);
    let left = 3;
    wap.records = async (startId, size) =>
      left-- > 0 ? { records: [], json: Buffer.from('[]') } : records(startId, size);
    assert.deepEqual(await read(), { codes: [], alarms: [], fetched: 0 });
  });

  it('are taken for gone when WAP shows nothing at all a second time, not at once', async () => {
    restore(0);
    assert.deepEqual(await read(), { codes: ['WAP_BAD_RESPONSE'], alarms: [], fetched: 0 });
    assert.deepEqual(await read(), { codes: ['WAP_WENT_BACK'], alarms: ['wentBack'], fetched: 0 });
    wap.showAll(1, 3001);
    assert.deepEqual(await read(), { codes: [], alarms: [], fetched: 1 });
    restore(0);
    assert.deepEqual(await read(), { codes: ['WAP_BAD_RESPONSE'], alarms: [], fetched: 0 });
  });

  it('are read anew from an id on, under keys of their own, and what was billed is known by its content', async () => {
    restore(2000);
    show(2001, 2003);
    await read();
    await feed.beginAnew(1995);
    assert.deepEqual((await read()).codes, []);
    const fresh = [2001, 2002, 2003].map(id => `wap/usage/${counted(id)}`);
    assert.deepEqual(await take(), fresh);
    feed = open();
    show(2004, 2004);
    await read();
    assert.deepEqual(await take(), [`wap/usage/${counted(2004)}`]);
  });

  it('have their old keys in a replay of what lies before the new beginning, and their new ones behind', async () => {
    restore(2000);
    show(2001, 2002);
    await read();
    await feed.beginAnew(2001);
    await read();
    await take();
    const reader = new RecordReader(settings(), () => undefined);
    await reader.replay({ from: { id: 1999 }, to: null });
    for (let turns = 0; turns < 4; turns++) await reader.poll();
    const keys: string[] = [];
    for (let batch = await reader.next(); batch; batch = await reader.next()) {
      for (const { EventId } of batch.records) keys.push(`${batch.keyPrefix}${EventId}`);
      await reader.settle(batch.token, done);
    }
    assert.deepEqual(keys, [
      'wap/usage/1999',
      'wap/usage/2000',
      `wap/usage/${counted(2001)}`,
      `wap/usage/${counted(2002)}`,
    ]);
  });

  it('are no matter when WAP has deleted all that it keeps no longer', async () => {
    clock.advance(31 * day);
    restore(0);
    assert.deepEqual(await read(), { codes: [], alarms: [], fetched: 0 });
    show(3001, 3002);
    assert.deepEqual((await read()).fetched, 2);
  });

  it('are not read anew when nothing was restored, unless somebody is sure', async () => {
    await read();
    await assert.rejects(feed.beginAnew(2001), fails('WAP_REFUSED', /its database was not restored.*sure: true/));
    assert.deepEqual(await feed.beginAnew(2001, true), { fromId: 2001, countedFrom: counted(2001) });
  });

  it('can begin anew only where ids leave room for it', async () => {
    await assert.rejects(feed.beginAnew(10_000_000_000_000, true), fails('INPUT_INVALID', /must be below/));
  });
});

describe('a poll, when WAP went back', () => {
  let world: World;
  let desk: PollerDesk;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    desk = new PollerDesk(await scratchStore(new StillClock()), world.wap);
  });
  afterEach(async () => {
    await desk.stop();
    await cleanScratch();
  });

  it('is red and told once, until it is told to begin anew', async () => {
    for (let id = 1; id <= 5; id++) desk.wap.plan(`p${id}`);
    const poller = await desk.start({ feeds: { plans: true }, batchSize: 100 });
    await desk.acknowledge();
    desk.wap.restore(3);
    desk.wap.plan('new');
    await desk.pass(60);
    await desk.pass(60);
    assert.deepEqual([desk.state, desk.failures], [{ name: 'failed', code: 'WAP_WENT_BACK' }, ['WAP_WENT_BACK']]);
    assert.deepEqual([desk.alarms, desk.messages.length], [['wentBack'], 1]);
    const begun = await poller.command({ command: 'beginAnew', from: { id: 4 }, isSure: false });
    await desk.quiet();
    assert.deepEqual(begun, { fromId: 4, countedFrom: counted(4) });
    assert.deepEqual([desk.messages.at(-1)?.delivery.firstId, desk.alarms.at(-1)], [counted(4), 'recovered']);
  });
});
