import assert from 'node:assert/strict';
import { systemClock } from '../../../../lib/async/clock';
import { AdapterError } from '../../../../lib/errors';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import type { FeedOptions } from '../../../../lib/feeds/events/options';
import type { Store } from '../../../../lib/state/port';
import { openWap, type WapConnection } from '../../../../lib/wap/connection';
import type { EventFeed as FeedName } from '../../../../lib/wap/types';
import type { FaultKind } from '../../../../simulator/fault';
import type { WapSimulator } from '../../../../simulator/wap/options';
import { startWapSimulator } from '../../../../simulator/wap/server';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';

const feeds = ['plans', 'addons', 'planServices', 'planAddons', 'addOnServices'] as const;
const service = { ServiceName: 'sqlservers', ServiceInstanceId: 'one', Settings: [] };

describe('event feed over HTTP', () => {
  const clock = new StillClock(Date.UTC(2026, 0, 1));
  let simulator: WapSimulator;
  let wap: WapConnection;
  let store: Store;
  const open = (options: Partial<FeedOptions> = {}, only: readonly FeedName[] = feeds) =>
    new EventFeed({
      store,
      usage: wap.usage,
      installation: 'wap',
      reader: 'billing',
      feeds: only,
      clock,
      fetchParent: async ({ type, id }) => type !== 'subscription' && (await wap.admin.find(type, id)) !== null,
      options: { pageSize: 7, batchSize: 10, maxOpenBatches: 1, ...options },
    });
  /** Emits and settles until nothing is due. */
  const takeAll = async (feed: EventFeed) => {
    const taken = [];
    for (let batch = await feed.next(); batch; batch = await feed.next()) {
      taken.push(...batch.events.map(each => ({ feed: each.feed, ...each.event })));
      await feed.settle(batch.token, { result: 'delivered' });
    }
    return taken;
  };
  const plansNamed = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ DisplayName: `${prefix} ${n}`, ServiceQuotas: [service] }));
  const raised = () => simulator.state.events.filter(event => feeds.some(feed => feed === event.feed));

  beforeEach(async () => {
    store = await scratchStore(clock);
    simulator = await startWapSimulator({ ports: 0, token: 'token-for-the-test' });
    const { usageUser: user, usagePassword: password } = simulator.credentials;
    wap = openWap({
      adminUrl: simulator.adminUrl,
      usageUrl: simulator.usageUrl,
      usage: { user, password },
      token: { kind: 'bearer', token: 'token-for-the-test' },
      principal: 'admin',
      retries: 0,
      clock: systemClock,
    });
    simulator.seed({ addons: [{ DisplayName: 'Backup', Id: 'backup' }], plans: plansNamed('Plan', 20) });
    const link = { AddOnId: 'backup', AddOnInstanceId: null, AcquisitionTime: null };
    simulator.seed({ plans: [{ DisplayName: 'Linked', AddOnReferences: [link] }] });
  });
  afterEach(async () => {
    await simulator.close();
    wap.close();
    await cleanScratch();
  });

  it('emits what WAP raised, in its order, once, over several polls', async () => {
    const feed = open();
    await feed.poll();
    const first = await takeAll(feed);
    simulator.seed({ plans: plansNamed('Later', 5) });
    await feed.poll();
    const later = await takeAll(feed);
    assert.ok(raised().length > 40, 'there is something to emit');
    assert.deepEqual([...first, ...later], raised());
    assert.equal(await feed.next(), null);
  });

  for (const kind of ['status', 'html', 'reset-before', 'reset-after', 'cut-json', 'rate'] as FaultKind[]) {
    it(`loses and repeats nothing when a page meets ${kind}`, async () => {
      const feed = open();
      for (const path of ['/billing/plans', '/billing/planServices']) {
        simulator.faults.add({ kind, path, server: 'usage', skip: 1, times: 2 });
      }
      const codes: unknown[] = [];
      const taken = [];
      for (let poll = 0; poll < 4; poll++) {
        const { failures } = await feed.poll();
        codes.push(...failures.map(({ error }) => error instanceof AdapterError && error.code));
        taken.push(...(await takeAll(feed)));
      }
      assert.ok(codes.length > 0 && codes.every(code => typeof code === 'string' && code.startsWith('WAP_')));
      assert.deepEqual(taken, raised());
    });
  }

  it('asks for one page at a time on each feed', async () => {
    const feed = open();
    await Promise.all([feed.poll(), feed.poll()]);
    const asked = simulator.log.entries({ path: /^\/billing\// });
    assert.ok(asked.length > 10);
    assert.deepEqual(
      asked.filter(entry => entry.alongside > 0),
      [],
    );
  });

  it('looks plans up whose own events it does not read, and emits their services', async () => {
    const feed = open({}, ['planServices']);
    await feed.poll(); // 20 look-ups at most
    const { alarms, failures } = await feed.poll();
    assert.deepEqual([alarms, failures], [[], []]);
    assert.deepEqual(
      await takeAll(feed),
      raised().filter(event => event.feed === 'planServices'),
    );
  });

  it('brings a purchase that waited for its approval, hidden, while 150 other events passed', async () => {
    await simulator.close();
    simulator = await startWapSimulator({ ports: 0, token: 'token-for-the-test', hidePending: true });
    const { usageUser: user, usagePassword: password } = simulator.credentials;
    const { usageUrl, adminUrl } = simulator;
    const token = { kind: 'bearer', token: 'token-for-the-test' } as const;
    wap = openWap({
      adminUrl,
      usageUrl,
      usage: { user, password },
      token,
      principal: 'a',
      retries: 0,
      clock: systemClock,
    });
    const feed = open({ pageSize: 1000, batchSize: 1000 }, ['plans', 'subscriptions']);
    simulator.seed({ plans: [{ DisplayName: 'Gold', Id: 'gold' }] });
    const bought = { SubscriptionID: 's-1', PlanId: 'gold' };
    const EventId = (simulator.state.events.at(-1)?.EventId ?? 0) + 5;
    simulator.seed({ events: [{ feed: 'subscriptions', EventId, State: 2, Entity: bought }] });
    for (let other = 0; other < 150; other++) {
      const Entity = { SubscriptionID: `other-${other}`, PlanId: 'gold' };
      simulator.seed({ events: [{ feed: 'subscriptions', EventId: EventId + 10 + other, Entity }] });
    }
    await feed.poll();
    const passed = (await takeAll(feed)).filter(event => event.feed === 'subscriptions');
    clock.advance(12_000);
    simulator.seed({ events: [{ feed: 'subscriptions', EventId, State: 0, Entity: bought }] });
    await feed.poll();
    const late = await takeAll(feed);
    assert.deepEqual([passed.length, late.map(event => event.Entity.SubscriptionID)], [150, ['s-1']]);
  });
});
