import assert from 'node:assert/strict';
import type { StoredEvent } from '../../../simulator/wap/events/event';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { anAddOn, aPlan, aQuota } from '../../builders';
import { adminOf, manualClock } from './support';

const one = '3b6f2c1e-9d47-4a58-8c02-5e7a1f90b6d1';
const two = '91c4e7d2-0f3a-4b86-a7d5-2c8e6f41b0e2';
const at = `/subscriptions/${one}`;

describe('the simulated subscriptions', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let admin: ReturnType<typeof adminOf>;
  let seeded: number;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock, quotaSyncMs: 1000, subscriptionDeleteMs: 5000 });
    admin = adminOf(wap);
    const link = { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null };
    wap.seed({
      addons: [anAddOn({ Id: 'Extra1', MaxOccurrencesPerPlan: 2 }), anAddOn({ Id: 'Other1', DisplayName: 'Other' })],
      plans: [
        aPlan({ Id: 'Gold1', AddOnReferences: [link] }),
        aPlan({ Id: 'Silver1', DisplayName: 'Silver', ServiceQuotas: [aQuota({ Settings: [] })] }),
      ],
      subscriptions: [{ SubscriptionID: one, PlanId: 'Gold1', AccountAdminLiveEmailId: 'anna@one.example' }],
    });
    seeded = wap.state.events.length;
  });
  afterEach(() => wap.close());

  const told = (): StoredEvent[] => wap.state.events.slice(seeded);
  const patch = (body: Record<string, unknown>, query = '') =>
    admin('PATCH', at + query, { body: { SubscriptionId: one, ...body } });
  const info = {
    SubscriptionId: two,
    PlanId: 'Gold1',
    FriendlyName: 'Bronze Hosting',
    AccountAdminLiveEmailId: 'ben@two.example',
    OfferType: 1,
    Status: 'Active',
    CoAdminNames: ['cleo@two.example'],
  };

  it('are provisioned from AzureProvisioningInfo, with the services of the plan, and make their user', async () => {
    const { status, body } = await admin('POST', '/subscriptions', { body: info });
    assert.equal(status, 201);
    assert.deepEqual(
      [body.SubscriptionID, body.SubscriptionName, body.PlanId, body.State, body.CoAdminNames],
      [two, 'Bronze Hosting', 'Gold1', 1, ['cleo@two.example']],
    );
    assert.deepEqual(body.Services, [
      {
        Type: 'sqlservers',
        State: 'Registered',
        QuotaSyncState: 0,
        ActivationSyncState: 0,
        BaseQuotaSettings: aQuota().Settings,
      },
    ]);
    assert.deepEqual(
      told().map(({ feed, Method, State, Entity }) => [feed, Method, State, Entity.SubscriptionID]),
      [['subscriptions', 'POST', 0, two]],
    );
    assert.equal((await admin('GET', '/users/BEN@two.example')).body.SubscriptionCount, 1);
    assert.equal((await admin('GET', '/plans/Gold1')).body.SubscriptionCount, 2);
  });

  it('are suspended and activated by a word, each told by a PATCH that holds only the change', async () => {
    const suspended = await patch({ Status: 'Suspended' });
    assert.deepEqual([suspended.status, suspended.body.State], [200, 2]);
    assert.equal((await patch({ Status: 'Suspended' })).body.State, 2);
    assert.equal((await patch({ Status: 'Active' })).body.State, 1);
    const [first, second, ...more] = told();
    assert.deepEqual([first?.Method, second?.Entity.State, more], ['PATCH', 1, []]);
    assert.deepEqual(first?.Entity, {
      SubscriptionID: one,
      SubscriptionName: null,
      AccountAdminLiveEmailId: null,
      ServiceAdminLiveEmailId: null,
      CoAdminNames: null,
      AddOnReferences: [],
      AddOns: [],
      State: 2,
      QuotaSyncState: 0,
      ActivationSyncState: 0,
      PlanId: '',
      Services: [],
      LastErrorMessage: null,
      Features: null,
      OfferFriendlyName: null,
      OfferCategory: null,
      Created: '0001-01-01T00:00:00',
    });
  });

  it('move to another plan with migrate=True, and change co-admins', async () => {
    assert.equal((await patch({ PlanId: 'Silver1' }, '?migrate=True')).body.PlanId, 'Silver1');
    assert.deepEqual((await patch({ CoAdminNames: ['dora@one.example'] })).body.CoAdminNames, ['dora@one.example']);
    const [migrated, changed] = told();
    assert.deepEqual([migrated?.Entity.PlanId, migrated?.Entity.State], ['Silver1', 0]);
    assert.deepEqual([changed?.Entity.PlanId, changed?.Entity.CoAdminNames], ['', ['dora@one.example']]);
    assert.equal((await admin('GET', '/plans/Gold1')).body.SubscriptionCount, 0);
  });

  it('are deleted later: until then DeletePending, and nothing else is allowed', async () => {
    assert.equal((await admin('DELETE', `${at}?force=False`)).status, 202);
    assert.equal((await admin('DELETE', at)).status, 202);
    clock.advance(4999);
    assert.equal((await admin('GET', at)).body.State, 3);
    assert.equal((await patch({ Status: 'Active' })).status, 409);
    assert.deepEqual(told(), []);
    clock.advance(1);
    assert.equal((await admin('GET', at)).status, 404);
    const [gone, ...more] = told();
    assert.deepEqual([gone?.Method, gone?.Entity.State, more], ['DELETE', 1, []]);
  });

  it('are deleted by force when the providers never answer', async () => {
    const stuck = await startWapSimulator({ ports: 0, clock, subscriptionDeleteMs: 'never' });
    try {
      const call = adminOf(stuck);
      stuck.seed({ plans: [aPlan()], subscriptions: [{ SubscriptionID: one, PlanId: aPlan().Id }] });
      await call('DELETE', at);
      clock.advance(1e9);
      assert.equal((await call('GET', at)).body.State, 3);
      await call('DELETE', `${at}?force=True`);
      assert.equal((await call('GET', at)).status, 404);
    } finally {
      await stuck.close();
    }
  });

  it('synchronise their quotas in time', async () => {
    assert.equal((await admin('PUT', `${at}/quota?sync=True`)).status, 202);
    assert.equal((await admin('GET', at)).body.QuotaSyncState, 1);
    clock.advance(1000);
    assert.equal((await admin('GET', at)).body.QuotaSyncState, 0);
    assert.deepEqual(
      told().map(({ Method }) => Method),
      ['PUT'],
    );
  });

  it('buy and drop instances of an add-on, the purchase told without its instance', async () => {
    const bought = await admin('POST', `${at}/addons`, { body: { AddOnId: 'Extra1' } });
    assert.equal(bought.status, 200);
    assert.match(String(bought.body.AddOnInstanceId), /^[\da-f-]{36}$/);
    assert.match(String(bought.body.AcquisitionTime), /^2026-/);
    const { body } = await admin('GET', at);
    assert.deepEqual(body.AddOnReferences, [bought.body]);
    assert.ok(Array.isArray(body.AddOns) && body.AddOns[0].SubscriptionCount === 1);
    assert.equal((await admin('DELETE', `${at}/addons/Extra1/${bought.body.AddOnInstanceId}`)).status, 200);
    assert.deepEqual(
      told().map(({ feed, Method, EntityParentId, Entity }) => [feed, Method, EntityParentId, Entity.AddOnInstanceId]),
      [
        ['subscriptionAddons', 'POST', one, null],
        ['subscriptionAddons', 'DELETE', one, bought.body.AddOnInstanceId],
      ],
    );
  });

  it('tell how much is used', async () => {
    const { status, body } = await admin('GET', `${at}/usagesummaries`);
    assert.ok(status === 200 && Array.isArray(body));
    assert.deepEqual([body[0].ServiceName, body[0].RetrievedSuccessfully], ['sqlservers', true]);
  });

  it('are listed page by page, filtered, sorted, and by plan, add-on or user', async () => {
    wap.seed({ herd: { count: 20, planIds: ['Silver1'], addOnIds: ['Other1'], users: 10 } });
    const list = async (query: string) => {
      const { body } = await admin('GET', `/subscriptions?${query}`);
      const items: Array<{ AccountAdminLiveEmailId: string }> = Array.isArray(body.items) ? body.items : [];
      return [body.filteredTotalCount, body.totalCount, items.map(item => item.AccountAdminLiveEmailId.split('@')[0])];
    };
    assert.deepEqual(await list('skip=1&take=2'), [21, 21, ['user0', 'user1']]);
    const sorted = 'sortProperty=AccountAdminLiveEmailId&sortDirection=Descending';
    assert.deepEqual(await list(`take=1&${sorted}&filter=HERD`), [20, 21, ['user9']]);
    assert.deepEqual(await list('planId=Gold1'), [1, 21, ['anna']]);
    assert.deepEqual(await list('filter=gold'), [1, 21, ['anna']]);
    assert.deepEqual(await list('addOnId=Other1'), [3, 21, ['user0', 'user7', 'user4']]);
    assert.deepEqual(await list('userId=user3@herd.example'), [2, 21, ['user3', 'user3']]);
  });

  it('page through a herd of 100 000', async () => {
    wap.seed({ herd: { count: 100_000 } });
    const ids = new Set<string>();
    for (const skip of [0, 1000, 49_000]) {
      const { body } = await admin('GET', `/subscriptions?skip=${skip}&take=1000&planId=Silver1`);
      assert.equal(body.filteredTotalCount, 50_000);
      if (Array.isArray(body.items)) for (const item of body.items) ids.add(item.SubscriptionID);
    }
    assert.equal(ids.size, 3000);
  });

  const refusals: Array<[what: string, status: number, method: string, path: string, body?: unknown]> = [
    ['an unknown id', 404, 'GET', `/subscriptions/${two}`],
    ['a known id', 409, 'POST', '/subscriptions', { ...info, SubscriptionId: one.toUpperCase() }],
    ['an id that is no GUID', 400, 'POST', '/subscriptions', { ...info, SubscriptionId: 's-1' }],
    ['no plan', 400, 'POST', '/subscriptions', { ...info, PlanId: null }],
    ['an unknown plan', 404, 'POST', '/subscriptions', { ...info, PlanId: 'None' }],
    ['a state instead of a status', 400, 'PATCH', at, { SubscriptionId: one, State: 2 }],
    ['an unknown status', 400, 'PATCH', at, { SubscriptionId: one, Status: 'suspended' }],
    ['another id', 400, 'PATCH', at, { SubscriptionId: two, Status: 'Active' }],
    ['a plan without migrate', 400, 'PATCH', at, { SubscriptionId: one, PlanId: 'Silver1' }],
    ['an add-on that the plan does not link', 400, 'POST', `${at}/addons`, { AddOnId: 'Other1' }],
    ['an unknown instance', 404, 'DELETE', `${at}/addons/Extra1/none`],
    ['two narrower lists at once', 400, 'GET', '/subscriptions?planId=a&userId=b'],
    ['an unknown property to sort by', 400, 'GET', '/subscriptions?sortProperty=Colour'],
    ['another verb', 405, 'PUT', at],
  ];
  for (const [what, status, method, path, body] of refusals) {
    it(`refuse ${what}: ${status}`, async () => {
      assert.equal((await admin(method, path, body === undefined ? {} : { body })).status, status);
      assert.deepEqual(told(), []);
    });
  }

  it('watch how often an add-on may be bought', async () => {
    const buy = async () => (await admin('POST', `${at}/addons`, { body: { AddOnId: 'Extra1' } })).status;
    assert.deepEqual([await buy(), await buy(), await buy()], [200, 200, 409]);
  });

  it('belong to users who are made, changed and deleted', async () => {
    const user = { Name: 'dora@four.example', Email: 'dora@four.example' };
    assert.equal((await admin('POST', '/users', { body: user })).status, 201);
    assert.equal((await admin('POST', '/users', { body: user })).status, 409);
    const path = `/users/${encodeURIComponent(user.Name)}`;
    assert.equal((await admin('PUT', path, { body: { ...user, State: 2 } })).body.State, 2);
    assert.deepEqual((await admin('GET', '/users?filter=dora')).body.filteredTotalCount, 1);
    assert.equal((await admin('DELETE', path)).status, 202);
    assert.equal((await admin('GET', path)).status, 404);
    assert.equal((await admin('DELETE', '/users/anna@one.example')).status, 409);
    assert.equal((await admin('DELETE', '/users/anna@one.example?deleteSubscriptions=True&force=True')).status, 202);
    assert.equal((await admin('GET', at)).status, 404);
  });
});
