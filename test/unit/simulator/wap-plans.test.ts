import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { anAddOn, aPlan, aQuota } from '../../builders';
import { adminOf, manualClock } from './support';

const example = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(__dirname, '../../data/wap', name), 'utf8'));

describe('the simulated admin API keeps plans and add-ons as documented', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let admin: ReturnType<typeof adminOf>;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock, quotaSyncMs: 5000 });
    admin = adminOf(wap);
  });
  afterEach(() => wap.close());

  it('creates the sample plan as the sample answer shows it', async () => {
    const { status, body } = await admin('POST', '/plans', { body: example('plan-create-request.json') });
    const { Id, ...rest } = body;
    const { Id: _sampleId, ...sample } = example('plan-create-response.json');
    assert.equal(status, 201);
    assert.match(String(Id), /^Bronze[a-z0-9]{8}$/);
    assert.deepEqual(rest, sample);
  });

  it('creates a plan private and unconfigured whatever was sent, settings dropped', async () => {
    const { body } = await admin('POST', '/plans', { body: aPlan({ Id: 'Mine', SubscriptionCount: 7 }) });
    assert.notEqual(body.Id, 'Mine');
    assert.deepEqual([body.State, body.ConfigState, body.SubscriptionCount], [0, 0, 0]);
    assert.deepEqual(wap.state.plans[0]?.ServiceQuotas[0]?.Settings, []);
  });

  it('answers 200 to the creation of an add-on', async () => {
    const { status, body } = await admin('POST', '/addons', { body: example('addon-create-request.json') });
    assert.equal(status, 200);
    assert.deepEqual([body.State, body.ConfigState, body.AssociatedPlans], [0, 0, []]);
  });

  it('keeps fields that no document knows, and forgets those that are not sent back', async () => {
    const { body } = await admin('POST', '/plans', {
      body: { DisplayName: 'Gold', SecurityGroups: ['ops'], Price: '1' },
    });
    const { Price: _dropped, ...sent } = body;
    const updated = await admin('PUT', `/plans/${body.Id}`, { body: { ...sent, State: 1 } });
    assert.equal(updated.status, 200);
    assert.deepEqual(updated.body.SecurityGroups, ['ops']);
    assert.deepEqual([updated.body.State, updated.body.Price], [1, null]);
  });

  it('does not change quotas by an update of the plan', async () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota()] }] });
    await admin('PUT', '/plans/Gold1', { body: aPlan({ Id: 'Gold1', ServiceQuotas: [], ConfigState: 0 }) });
    assert.deepEqual(wap.state.plans[0]?.ServiceQuotas, [aQuota()]);
    assert.equal(wap.state.plans[0]?.ConfigState, 1);
  });

  it('keeps quota settings byte for byte and rolls the states up', async () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota({ Settings: [] })] }] });
    assert.equal(wap.state.plans[0]?.ConfigState, 0);
    const Value = '[ {"displayName" : "D\\u00e9faut",\t"resourceCount":"5"} ]\r\n';
    const answer = await admin('PUT', '/plans/Gold1/quota', {
      body: { ServiceQuotas: [aQuota({ Settings: [{ Key: 'Editions', Value }] })] },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.ConfigState, answer.body.QuotaSyncState], [1, 1]);
    assert.equal(wap.state.plans[0]?.ServiceQuotas[0]?.Settings[0]?.Value, Value);
  });

  it('takes its time to synchronise quotas', async () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota()] }] });
    const { status, text } = await admin('PUT', '/plans/Gold1/quota?sync=True');
    assert.deepEqual([status, text], [202, '']);
    clock.advance(4999);
    assert.equal((await admin('GET', '/plans/Gold1')).body.QuotaSyncState, 1);
    clock.advance(1);
    assert.equal((await admin('GET', '/plans/Gold1')).body.QuotaSyncState, 0);
  });

  it('answers 200 to the synchronisation of an add-on', async () => {
    wap.seed({ addons: [{ Id: 'Extra1', DisplayName: 'Extra' }] });
    assert.equal((await admin('PUT', '/addons/Extra1/quota?sync=true')).status, 200);
  });

  it('adds a service to a plan with 200, to an add-on with 201, and refuses it twice', async () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold' }], addons: [{ Id: 'Extra1', DisplayName: 'Extra' }] });
    const body = example('plan-service-add-request.json');
    const answers = [
      await admin('POST', '/plans/Gold1/services', { body }),
      await admin('POST', '/addons/Extra1/services', { body }),
      await admin('POST', '/plans/Gold1/services', { body }),
    ];
    assert.deepEqual(
      answers.map(answer => answer.status),
      [200, 201, 409],
    );
    assert.equal((await admin('DELETE', '/plans/Gold1/services/mysqlservers')).status, 200);
    assert.deepEqual(wap.state.plans[0]?.ServiceQuotas, []);
  });

  it('adds a service by PUT where it is told to', async () => {
    const other = await startWapSimulator({ ports: 0, addServiceVerb: 'PUT' });
    other.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold' }] });
    const body = example('plan-service-add-request.json');
    const post = await adminOf(other)('POST', '/plans/Gold1/services', { body });
    const put = await adminOf(other)('PUT', '/plans/Gold1/services', { body });
    await other.close();
    assert.deepEqual([post.status, post.headers.get('allow'), put.status], [405, 'PUT', 200]);
  });

  it('links a configured add-on, shows it on both sides, and refuses it twice', async () => {
    wap.seed({
      addons: [{ ...anAddOn(), Id: 'Extra1', DisplayName: 'Extra' }],
      plans: [{ ...aPlan(), Id: 'Gold1', DisplayName: 'Gold' }],
    });
    const body = { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null };
    const answer = await admin('POST', '/plans/Gold1/addons', { body });
    assert.deepEqual([answer.status, answer.body], [201, body]);
    const { plans, addons } = wap.state;
    assert.deepEqual(plans[0]?.AddOnReferences, [body]);
    assert.equal(plans[0]?.AddOns[0]?.DisplayName, 'Extra');
    assert.equal(addons[0]?.AssociatedPlans[0]?.DisplayName, 'Gold');
    assert.equal((await admin('POST', '/plans/Gold1/addons', { body })).status, 409);
  });

  it('refuses an add-on that would bring a new service', async () => {
    wap.seed({ addons: [{ ...anAddOn(), Id: 'Extra1' }], plans: [{ Id: 'Bare1', DisplayName: 'Bare' }] });
    assert.equal((await admin('POST', '/plans/Bare1/addons', { body: { AddOnId: 'Extra1' } })).status, 400);
  });

  it('deletes neither side of a link, and both once it is gone', async () => {
    wap.seed({
      addons: [{ ...anAddOn(), Id: 'Extra1' }],
      plans: [
        {
          ...aPlan(),
          Id: 'Gold1',
          AddOnReferences: [{ AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null }],
        },
      ],
    });
    const paths = ['/plans/Gold1', '/addons/Extra1', '/plans/Gold1/addons/Extra1', '/addons/Extra1', '/plans/Gold1'];
    const statuses: number[] = [];
    for (const place of paths) statuses.push((await admin('DELETE', place)).status);
    assert.deepEqual(statuses, [400, 400, 200, 200, 200]);
    assert.deepEqual([wap.state.plans, wap.state.addons], [[], []]);
  });

  it('lists plans as a bare array, and subscriptions in a paged wrapper', async () => {
    wap.seed({
      plans: [{ Id: 'Gold1', DisplayName: 'Gold' }],
      subscriptions: [{ PlanId: 'Gold1' }, { PlanId: 'Gold1' }],
    });
    const plans: unknown = (await admin('GET', '/plans')).body;
    assert.ok(Array.isArray(plans));
    assert.equal(plans[0].SubscriptionCount, 2);
    const { body } = await admin('GET', '/subscriptions?skip=1&take=5&planId=Gold1');
    assert.deepEqual(Object.keys(body), ['items', 'filteredTotalCount', 'totalCount']);
    assert.deepEqual([body.filteredTotalCount, Array.isArray(body.items) && body.items.length], [2, 1]);
  });

  it('counts sign-ups by day', async () => {
    const Created = '2026-02-27T23:59:59.1234567';
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold' }], subscriptions: [{ PlanId: 'Gold1', Created }] });
    const query = 'startTime=2026-02-26T00:00:00.0000000Z&endTime=2026-03-01T00:00:00Z';
    const sets: unknown = (await admin('GET', `/plans/Gold1/metrics?${query}`)).body;
    assert.ok(Array.isArray(sets));
    const totals = sets.map(set => [set.Name, set.Values.map((value: { Total: number }) => value.Total)]);
    assert.deepEqual(totals, [
      ['DailySignupCount', [0, 1, 0]],
      ['TotalSignupCount', [0, 1, 1]],
    ]);
  });

  it('knows the documented resource providers, the system ones only when asked', async () => {
    const names = async (query: string) => {
      const list: unknown = (await admin('GET', `/resourceproviders${query}`)).body;
      return Array.isArray(list) ? list.map(provider => provider.Name) : [];
    };
    const standard = ['sqlservers', 'mysqlservers', 'webspaces', 'servicebus', 'systemcenter'];
    assert.deepEqual(await names(''), standard);
    const all = await names('?includeSystemResourceProviders=True');
    assert.deepEqual(all, [...standard, 'usageservice', 'marketplace']);
  });
});
