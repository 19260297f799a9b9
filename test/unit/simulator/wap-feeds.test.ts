import assert from 'node:assert/strict';
import type { UsageEvent } from '../../../lib/wap/types';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { anAddOn, aPlan, aQuota } from '../../builders';
import { adminOf, call, eventsOf, manualClock } from './support';

const feeds = ['plans', 'addons', 'planServices', 'planAddons', 'subscriptions', 'subscriptionAddons'];

describe('the simulated feeds', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let admin: ReturnType<typeof adminOf>;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock, quotaSyncMs: 1000 });
    admin = adminOf(wap);
  });
  afterEach(() => wap.close());

  /** All feeds over HTTP, merged by id. */
  async function events(): Promise<Array<UsageEvent & { feed: string }>> {
    const pages = await Promise.all(
      feeds.map(async feed => {
        const page: unknown = (await eventsOf(wap, feed)).body;
        assert.ok(Array.isArray(page));
        return page.map(event => ({ ...event, feed }));
      }),
    );
    return pages.flat().sort((one, other) => one.EventId - other.EventId);
  }

  const told = (list: Array<UsageEvent & { feed: string }>) => list.map(({ feed, Method }) => `${Method} ${feed}`);

  it('tell of every change, in one sequence of ids with gaps', async () => {
    wap.seed({ addons: [{ ...anAddOn(), Id: 'Extra1' }] });
    const before = (await events()).length;
    const { body: plan } = await admin('POST', '/plans', { body: aPlan() });
    const at = `/plans/${plan.Id}`;
    await admin('PUT', `${at}/quota`, { body: { ServiceQuotas: [aQuota()] } });
    await admin('POST', `${at}/addons`, { body: { AddOnId: 'Extra1' } });
    clock.advance(1000);
    await admin('PUT', at, { body: { ...plan, State: 1 } });
    await admin('DELETE', `${at}/addons/Extra1`);
    await admin('DELETE', at);
    const all = await events();
    assert.deepEqual(told(all.slice(before)), [
      'POST plans',
      'POST planServices',
      'PUT plans',
      'POST planAddons',
      'PUT plans',
      'PUT plans',
      'DELETE planAddons',
      'DELETE plans',
    ]);
    const ids = all.map(event => event.EventId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(Math.max(...ids) > ids.length, 'no gap in the ids');
  });

  it('show a created plan unconfigured, with services without settings', async () => {
    await admin('POST', '/plans', { body: aPlan() });
    const [created, service] = await events();
    assert.deepEqual(
      [
        created?.State,
        created?.Method,
        created?.EntityParentId,
        created?.Entity.ConfigState,
        created?.Entity.QuotaSyncState,
      ],
      [0, 'POST', null, 0, 2],
    );
    assert.deepEqual(created?.Entity.ServiceQuotas, [aQuota({ ConfigState: 0, QuotaSyncState: 2, Settings: [] })]);
    assert.equal(service?.EntityParentId, created?.Entity.Id);
    const { ServiceName: Name, ServiceInstanceId: InstanceId } = aQuota();
    assert.deepEqual(service?.Entity, { Name, InstanceId, ConfigState: 0 });
  });

  it('tell nothing of what was refused', async () => {
    await admin('POST', '/plans', { body: { DisplayName: '' } });
    await admin('DELETE', '/plans/Nothing');
    assert.deepEqual(await events(), []);
  });

  it('tell of seeded subscriptions and their add-ons, these without instance', async () => {
    const link = { AddOnId: 'Extra1', AddOnInstanceId: 'i-1', AcquisitionTime: '2026-01-01T00:00:00' };
    wap.seed({
      addons: [{ ...anAddOn(), Id: 'Extra1' }],
      plans: [{ ...aPlan(), Id: 'Gold1' }],
      subscriptions: [{ PlanId: 'Gold1', SubscriptionID: 's-1', AddOnReferences: [link] }],
    });
    const [subscription, addOn] = (await events()).slice(-2);
    assert.deepEqual([subscription?.feed, subscription?.Entity.PlanId], ['subscriptions', 'Gold1']);
    assert.deepEqual([addOn?.feed, addOn?.EntityParentId], ['subscriptionAddons', 's-1']);
    assert.deepEqual(addOn?.Entity, { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null });
  });

  it('can be given an event that is pending, and settle it under its id', async () => {
    wap.seed({ events: [{ feed: 'plans', EventId: 70, State: 2, Entity: aPlan() }] });
    await admin('POST', '/plans', { body: { DisplayName: 'Next' } });
    const states = async () => (await events()).map(event => [event.State, event.EventId > 70]);
    assert.deepEqual(await states(), [
      [2, false],
      [0, true],
    ]);
    wap.seed({ events: [{ feed: 'plans', EventId: 70, State: 1, Entity: aPlan() }] });
    assert.deepEqual(await states(), [
      [1, false],
      [0, true],
    ]);
  });

  it('write times in UTC without a zone, with 0 to 7 fraction digits', async () => {
    for (let count = 0; count < 60; count += 1) wap.seed({ plans: [{ DisplayName: `Plan ${count}` }] });
    const times = (await events()).map(event => event.NotificationEventTimeCreated);
    for (const time of times) assert.match(time, /^2026-03-01T09:00:0\d(\.\d{1,7})?$/);
    const digits = new Set(times.map(time => time.split('.')[1]?.length ?? 0));
    assert.deepEqual([...digits].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('begin at startId, itself included, and end at batchSize', async () => {
    for (const DisplayName of ['a', 'b', 'c']) await admin('POST', '/plans', { body: { DisplayName } });
    const [, second, third] = (await events()).map(event => event.EventId);
    const ids = async (query: string) => {
      const page: unknown = (await eventsOf(wap, 'plans', query)).body;
      return Array.isArray(page) ? page.map(event => event.EventId) : page;
    };
    assert.deepEqual(await ids(`startId=${second}&batchSize=1`), [second]);
    assert.deepEqual(await ids(`startId=${(second ?? 0) + 1}&batchSize=10000`), [third]);
    assert.deepEqual(await ids(`startId=${(third ?? 0) + 1}&batchSize=1`), []);
  });

  for (const query of [
    'startId=0',
    'batchSize=1',
    'startId=0&batchSize=0',
    'startId=0&batchSize=10001',
    'startId=-1&batchSize=1',
    'startId=1.5&batchSize=1',
    'startId=0&startId=1&batchSize=1',
  ]) {
    it(`refuse ${query}`, async () => {
      assert.equal((await eventsOf(wap, 'plans', query)).status, 400);
    });
  }

  it('are open to their own user only, by GET, and not for add-on services', async () => {
    const url = `${wap.usageUrl}/billing/plans?startId=0&batchSize=1`;
    const authorization = `basic ${Buffer.from(`UsageClient:${wap.credentials.usagePassword}`).toString('base64')}`;
    const wrong = `Basic ${Buffer.from('UsageClient:guess').toString('base64')}`;
    const statuses = [
      await call('GET', url),
      await call('GET', url, { headers: { authorization: wrong } }),
      await call('GET', url, { headers: { authorization: `Bearer ${wap.issueToken()}` } }),
      await call('GET', url, { headers: { authorization } }),
      await call('POST', url, { headers: { authorization } }),
      await eventsOf(wap, 'addOnServices'),
    ].map(answer => answer.status);
    assert.deepEqual(statuses, [401, 401, 401, 200, 405, 404]);
  });
});
