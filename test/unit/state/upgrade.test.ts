import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DecisionBook } from '../../../lib/calls/decision-book';
import { EventFeed } from '../../../lib/feeds/events/feed';
import type { EventFeedSettings, FeedOptions } from '../../../lib/feeds/events/options';
import { RecordFeed } from '../../../lib/feeds/records/feed';
import { settle } from '../../../lib/feeds/settle/settle';
import { Mapping } from '../../../lib/mapping/mapping';
import { type AcquiredStore, acquireStore } from '../../../lib/state/open';
import type { Store } from '../../../lib/state/port';
import { longKeysOf } from '../../../lib/state/tables/long-keys';
import { billingIdsOf } from '../../../lib/state/tables/mapping';
import { findFacts } from '../../../lib/state/tables/tenant-facts';
import { Calendar } from '../../../lib/usage/calendar';
import { meterRecords } from '../../../lib/usage/meter/meter';
import { readRules } from '../../../lib/usage/meter/read-rules';
import { RuleBook } from '../../../lib/usage/meter/rule';
import { WindowCounter } from '../../../lib/usage/meter/window-counter';
import type { Quantity } from '../../../lib/usage/quantity';
import { sentKey } from '../../../lib/usage/send/short-key';
import type { UsageEvent, UsageRecord } from '../../../lib/wap/types';
import { repository } from '../../harness/repository';
import { MemoryUsage } from '../feeds/memory-usage';
import { MemoryWap } from '../feeds/memory-wap';
import { WorkflowBench } from '../workflow/bench';
import { cleanScratch, StillClock, scratchFolder } from './scratch';

/** What the older version was told, and what it did with that, when it wrote the store. */
interface Written {
  now: number;
  events: UsageEvent[];
  eventsOf: { delivered: number[]; dead: number[]; out: number[]; token: string };
  records: UsageRecord[];
  recordsOf: { delivered: number[]; dead: number[]; waiting: number[]; out: number[]; token: string };
  /** Of every quantity of a record, as it was sent. */
  keys: Array<[recordId: number, key: string]>;
  /** Three records in windows: of two that were closed the first is acknowledged; the third is open. */
  metered: UsageRecord[];
  quantities: { delivered: Quantity[]; out: Quantity[] };
  run: { id: string; key: string };
}

const folder = join(repository, 'test', 'data', 'upgrade');
const written: Written = JSON.parse(readFileSync(join(folder, 'state-of-schema-11.json'), 'utf8'));
const capitals = 'AAAAAAAA-0000-0000-0000-00000000BEEF';
const small = capitals.toLowerCase();
const scope = { installation: 'wap1', target: 'billing1' };
const hour = 3_600_000;
const meter = `db-${'x'.repeat(60)}-${'y'.repeat(34)}`;
const book = new RuleBook(readRules([{ metric: 'DatabaseCount', meter, unit: 'x', aggregate: 'sum' }]));

describe('a store that a version of schema 11 wrote', () => {
  let clock: StillClock;
  let acquired: AcquiredStore;
  let store: Store;
  beforeEach(async () => {
    clock = new StillClock(written.now);
    const home = await scratchFolder();
    await writeFile(join(home, 'state'), gunzipSync(readFileSync(join(folder, 'state-of-schema-11.sqlite.gz'))));
    acquired = await acquireStore('state', home, clock);
    store = acquired.store;
  });
  afterEach(async () => {
    await acquired.release();
    await cleanScratch();
  });

  it('is the store it was when it is opened again', async () => {
    const mapping = new Mapping(store, clock, scope);
    assert.equal((await mapping.store.transaction(tx => mapping.list(tx))).total, 2);
    assert.equal(
      (await mapping.store.transaction(tx => mapping.getByWapId(tx, 'subscription', small))).billingId,
      'sub_a',
    );
    assert.equal((await mapping.store.transaction(tx => mapping.getByWapId(tx, 'plan', 'gold'))).billingId, 'off_1');
    const ids = await store.transaction(tx => billingIdsOf(tx, scope, 'subscription', [small, capitals]));
    assert.deepEqual([...ids.values()], ['sub_a', 'sub_a']);
    const facts = JSON.parse((await store.transaction(tx => findFacts(tx, 'wap1', small))) ?? '{}');
    assert.equal(facts.planId.value, 'gold');
  });

  describe('events', () => {
    let wap: MemoryWap;
    let feed: EventFeed;
    const settings = (more: Partial<FeedOptions> = {}): EventFeedSettings => ({
      ...{ store, usage: wap, installation: 'wap1', reader: 'billing', clock, fetchParent: async () => false },
      feeds: ['plans', 'planServices', 'subscriptions'],
      options: { maxOpenBatches: 10, batchSize: 10, ...more },
    });
    beforeEach(() => {
      wap = new MemoryWap();
      for (const event of written.events) wap.show(feedOf(event), { ...event, Entity: exact(event.Entity) });
      feed = new EventFeed(settings());
    });
    const next = async () => (await feed.next())?.events.map(({ event }) => event.EventId) ?? [];

    it('come again when they were out, go on behind them, and no other comes twice', async () => {
      const { alarms, failures } = await feed.poll();
      assert.deepEqual([alarms, failures], [[], []]);
      const { delivered, dead, out } = written.eventsOf;
      const rest = written.events.map(({ EventId }) => EventId).filter(id => ![...delivered, ...dead].includes(id));
      const waiting = written.events.filter(({ EntityParentId }) => EntityParentId === 'unknown');
      const open = rest.filter(id => !waiting.some(({ EventId }) => EventId === id));
      assert.deepEqual([open.includes(out[0] ?? 0), await next()], [true, open]);
      assert.deepEqual(
        (await feed.deadLetters()).map(({ eventId }) => eventId),
        dead,
      );
      wap.plan('unknown');
      await feed.poll();
      assert.ok((await next()).includes(waiting[0]?.EventId ?? 0));
    });

    it('are known again, and one that WAP shows late is read, however long the update took', async () => {
      clock.time += hour;
      const missing = 4;
      assert.ok(!written.events.some(({ EventId }) => EventId === missing));
      feed = new EventFeed(settings({ overlap: 1 }));
      await feed.poll();
      wap.show('plans', { EventId: missing, Entity: { Id: 'late' } });
      clock.time += hour;
      const { alarms } = await feed.poll();
      assert.deepEqual([alarms, (await next()).includes(missing)], [[], true]);
    });

    it('are not all read again because nobody noted when they were read', async () => {
      clock.time += hour;
      await new EventFeed(settings({ overlap: 2, missingMs: 0 })).poll();
      const first = wap.calls.find(call => call.startsWith('plans '));
      const top = Math.max(...written.events.filter(event => feedOf(event) === 'plans').map(({ EventId }) => EventId));
      assert.equal(first, `plans ${top - 1}`);
    });

    it('can be acknowledged by a message that a run kept', async () => {
      const { token } = written.eventsOf;
      assert.deepEqual(await settle(store, clock, token, { result: 'delivered' }), { settled: 1, left: 0 });
    });
  });

  describe('usage records', () => {
    let wap: MemoryUsage;
    let feed: RecordFeed;
    beforeEach(() => {
      wap = new MemoryUsage();
      for (const record of written.records) wap.show(record);
      const options = { batchSize: 10, maxOpenBatches: 10 };
      feed = new RecordFeed({ store, usage: wap, installation: 'wap1', reader: 'billing', clock, options });
    });
    const read = async () => {
      for (;;) {
        const { stopped, alarms, failures } = await feed.poll();
        assert.deepEqual([alarms, failures], [[], []]);
        if (stopped !== 'pages') return;
      }
    };
    const taken = async () => {
      const records: UsageRecord[] = [];
      for (let batch = await feed.next(); batch; batch = await feed.next()) records.push(...batch.records);
      return records;
    };

    it('come again when they were out, under the keys they had, and no other comes twice', async () => {
      await read();
      const records = await taken();
      const { delivered, dead, waiting } = written.recordsOf;
      const rest = written.keys.filter(([id]) => ![...delivered, ...dead, ...waiting].includes(id));
      assert.deepEqual(
        records.map(({ EventId }) => EventId),
        rest.map(([id]) => id),
      );
      const long = await store.transaction(tx => longKeysOf(tx, 'wap1'));
      const { quantities } = meterRecords(records, book, { installation: 'wap1', feed: 'usage' });
      assert.deepEqual(
        quantities.map(quantity => [quantity.recordId, sentKey(quantity, null, long)]),
        rest,
      );
      assert.ok(rest.every(([, key]) => key.length > 100));
      assert.deepEqual(
        (await feed.deadLetters()).map(({ eventId }) => eventId),
        dead,
      );
      assert.deepEqual(
        (await feed.unmapped()).map(({ eventId }) => eventId),
        waiting,
      );
    });

    it('come for their mapping, whatever the case of its id', async () => {
      await read();
      await taken();
      const record = written.records.find(({ EventId }) => EventId === written.recordsOf.waiting[0]);
      const wapId = String(record?.SubscriptionId).toUpperCase();
      const mapping = new Mapping(store, clock, scope);
      await store.transaction(tx => mapping.put(tx, { kind: 'subscription', wapId, billingId: 'b' }, { by: 'me' }));
      clock.time += 60_000;
      assert.deepEqual(
        (await taken()).map(({ EventId }) => EventId),
        written.recordsOf.waiting,
      );
    });

    it('that a provider sends again under a new id are not billed twice', async () => {
      const [first] = written.records;
      assert.ok(first);
      wap.show({ ...first, EventId: 50 });
      const alarms: string[] = [];
      for (let stopped: unknown = 'pages'; stopped === 'pages'; ) {
        const result = await feed.poll();
        alarms.push(...result.alarms.map(({ kind }) => kind));
        stopped = result.stopped;
      }
      assert.deepEqual([alarms, (await taken()).some(({ EventId }) => EventId === 50)], [['duplicate'], false]);
    });
  });

  describe('windows of a meter', () => {
    const open = () =>
      new WindowCounter({
        ...{ store, clock, installation: 'wap1', series: 'daily', book, calendar: new Calendar('UTC') },
        ...{ window: 'day' as const, placement: 'end' as const, apart: ['resource'], latenessMs: hour },
        outbox: { batchSize: 10, maxOpenBatches: 10, redeliveryMs: 600_000 },
      });
    const count = (of: WindowCounter, records: UsageRecord[]) =>
      of.count(records, of.sort(records).contributions, { token: null, party: { by: 'meter', copies: 1 } });
    const bills = async (of: WindowCounter) => {
      await of.close();
      const long = await store.transaction(tx => longKeysOf(tx, 'wap1'));
      const found: Array<[key: string, quantity: string]> = [];
      for (let batch = await of.next(); batch; batch = await of.next()) {
        for (const quantity of batch.quantities) found.push([sentKey(quantity, null, long), quantity.quantity]);
        await settle(store, clock, batch.token, { result: 'delivered' });
      }
      return found;
    };

    it('are billed once: what was out under its key, what was counted not again, what is open with what comes', async () => {
      const of = open();
      clock.time += hour;
      const out = written.quantities.out.map(({ key, quantity }) => [key, quantity]);
      assert.deepEqual(await bills(of), out);
      const [, , third] = written.metered;
      assert.ok(third);
      await count(of, [...written.metered, { ...third, EventId: 200, SubscriptionId: small }]);
      clock.time = Date.UTC(2026, 2, 3, 12);
      const [bill, ...more] = await bills(of);
      assert.deepEqual([bill?.[1], more], ['10', []]);
    });

    it('that were billed are corrected by the difference alone', async () => {
      const of = open();
      await bills(of);
      const [first] = written.metered;
      assert.ok(first);
      await count(of, [{ ...first, EventId: 201, SubscriptionId: small, Resources: { DatabaseCount: '2' } }]);
      clock.time += 2 * hour;
      const corrections = await bills(of);
      assert.deepEqual(
        corrections.map(([, quantity]) => quantity),
        ['2'],
      );
      assert.ok(!written.quantities.delivered.some(({ key }) => key === corrections[0]?.[0]));
    });
  });

  it('holds a run that goes on where each of its branches was', async () => {
    const bench = new WorkflowBench(store, clock);
    assert.deepEqual(await bench.runs.toSend(), [{ id: written.run.id, state: 'open' }]);
    assert.equal((await bench.runs.start(`Gold ${small}`, {})).started, false);
    const pass = await bench.again(written.run.id, 'replay');
    assert.deepEqual(pass.run.message, { payload: 1, key: capitals });
    const at = (node: string, cameFrom: string) => ({ node, visit: 1, cameFrom });
    const configured = {
      ...{ kind: 'plan', planId: 'p', quotas: {}, removeOthers: false },
      advertisements: [{ LanguageCode: 'en', DisplayName: 'Gold', Description: null }],
    };
    await bench.step(pass, at('clone', ''));
    await bench.step(pass, at('create', 'clone:1:0'));
    await bench.step(pass, at('configure', 'clone:1:0'), { inputs: configured });
    assert.deepEqual([bench.lookUps, [...bench.ledger.keys()]], [['create'], ['create']]);
    await bench.step(pass, at('publish', 'configure:1:0,create:1:0'));
    assert.deepEqual([...bench.ledger.keys()], ['create', 'publish']);
  });

  it('holds the answers that WAP got', async () => {
    const found = await (await DecisionBook.open(store, 'approvals/p')).find(5);
    assert.deepEqual([found?.decision, found?.about], ['deny', 'plan GOLD']);
  });
});

const feedOf = ({ Entity, EntityParentId }: UsageEvent) => {
  if (EntityParentId !== null) return 'planServices';
  return 'SubscriptionID' in Entity ? 'subscriptions' : 'plans';
};

/** The older version rounded whole numbers beyond 2^53. */
const exact = (entity: UsageEvent['Entity']) => ('Limit' in entity ? { ...entity, Limit: '9007199254740993' } : entity);
