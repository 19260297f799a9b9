import assert from 'node:assert/strict';
import { controlOfWap } from '../../../simulator/control';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import type { Tenant } from '../../../simulator/wap/tenants/approval-options';
import { anAddOn, aPlan } from '../../builders';
import { startAdapter } from './adapter';
import { manualClock } from './support';

const one = '3b6f2c1e-9d47-4a58-8c02-5e7a1f90b6d1';
const user = 'ben@two.example';

describe('the simulated tenant portal', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let adapter: Awaited<ReturnType<typeof startAdapter>>;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock, subscriptionDeleteMs: 1000, approvalTimeoutMs: 120_000 });
    adapter = await startAdapter();
    const link = { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null };
    wap.seed({
      addons: [anAddOn({ Id: 'Extra1' })],
      plans: [
        aPlan({ Id: 'Gold1', AddOnReferences: [link] }),
        aPlan({ Id: 'Hidden1', DisplayName: 'Hidden', State: 0 }),
      ],
      subscriptions: [{ SubscriptionID: one, PlanId: 'Gold1', AccountAdminLiveEmailId: 'anna@one.example' }],
    });
  });
  afterEach(() => Promise.all([wap.close(), adapter.stop()]));

  const register = (type: 'billing' | 'mandatory' | 'optional' = 'billing') =>
    wap.registerSubscriber({ endpoint: adapter.url, type, user: 'wap', password: 'a secret' });
  const last = () => wap.state.events.at(-1);

  it('asks as documented before a subscription is made', async () => {
    register();
    const { accepted, event, verdicts, subscription } = await wap.tenant.subscribe('Gold1', user);
    const [asked, ...more] = adapter.received;
    assert.deepEqual([asked?.method, asked?.url, asked?.expected, more], ['POST', '/usage/subscriptions', true, []]);
    assert.equal(asked?.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(asked?.headers.authorization, `Basic ${Buffer.from('wap:a secret').toString('base64')}`);
    const { Entity, NotificationEventTimeCreated, ...rest } = asked?.body ?? {};
    assert.deepEqual(rest, { EventId: event.EventId, State: 2, Method: 'POST', EntityParentId: null });
    assert.match(String(NotificationEventTimeCreated), /^2026-03-01T09:00:0\d\.\d{7}Z$/);
    assert.deepEqual(Entity, {
      SubscriptionID: subscription?.SubscriptionID,
      SubscriptionName: 'Gold',
      AccountAdminLiveEmailId: user,
      ServiceAdminLiveEmailId: null,
      CoAdminNames: [],
      AddOnReferences: [],
      AddOns: [],
      State: 0,
      QuotaSyncState: 0,
      ActivationSyncState: 0,
      PlanId: 'Gold1',
      Services: [],
      LastErrorMessage: null,
      Features: null,
      OfferFriendlyName: null,
      OfferCategory: null,
      Created: '0001-01-01T00:00:00',
    });
    assert.deepEqual([accepted, event.State, event.Entity.State, subscription?.State], [true, 0, 1, 1]);
    assert.deepEqual(verdicts, [{ subscriber: 'billing', blocking: true, outcome: 'accepted', status: 204 }]);
  });

  it('shows the event as pending until it is decided, then under the same id as rejected', async () => {
    register();
    adapter.state.silent = true;
    const came = adapter.next();
    const wish = wap.tenant.subscribe('Gold1', user);
    await came;
    const pending = last();
    assert.deepEqual([pending?.State, wap.state.subscriptions.length], [2, 1]);
    clock.advance(120_000);
    const { accepted, event, verdicts, subscription } = await wish;
    assert.deepEqual([accepted, event.EventId, event.State, subscription], [false, pending?.EventId, 1, null]);
    assert.deepEqual(verdicts, [{ subscriber: 'billing', blocking: true, outcome: 'timeout', status: null }]);
    assert.equal(wap.state.events.length, new Set(wap.state.events.map(known => known.EventId)).size);
  });

  for (const [status, accepted] of [
    [200, true],
    [399, true],
    [400, false],
    [403, false],
    [500, false],
  ] as const) {
    it(`takes ${status} for ${accepted ? 'accepted' : 'denied'}`, async () => {
      register();
      adapter.state.status = status;
      assert.equal((await wap.tenant.subscribe('Gold1', user)).accepted, accepted);
      assert.equal(wap.state.subscriptions.length, accepted ? 2 : 1);
      assert.equal(last()?.State, accepted ? 0 : 1);
    });
  }

  it('takes an adapter that refuses before the body, or is not there, for a denial', async () => {
    register();
    Object.assign(adapter.state, { eager: false, status: 401 });
    const refused = await wap.tenant.subscribe('Gold1', user);
    assert.deepEqual([refused.accepted, refused.verdicts[0]?.status], [false, 401]);
    await adapter.stop();
    const gone = await wap.tenant.subscribe('Gold1', user);
    assert.deepEqual([gone.accepted, gone.verdicts[0]?.outcome], [false, 'unreachable']);
  });

  it('needs every blocking subscriber, and only tells the optional ones', async () => {
    const other = await startAdapter();
    try {
      register();
      wap.registerSubscriber({ endpoint: other.url, type: 'mandatory' });
      other.state.status = 403;
      const denied = await wap.tenant.subscribe('Gold1', user);
      assert.deepEqual(denied.verdicts.map(({ subscriber, outcome }) => `${subscriber} ${outcome}`).sort(), [
        'billing accepted',
        'mandatory denied',
      ]);
      assert.equal(denied.accepted, false);
      assert.ok(wap.removeSubscriber('mandatory'));
      wap.registerSubscriber({ endpoint: other.url, type: 'optional' });
      const told = other.next();
      const accepted = await wap.tenant.subscribe('Gold1', user);
      await told;
      assert.deepEqual([accepted.accepted, accepted.verdicts.length, other.received.length], [true, 1, 2]);
      assert.equal(other.received[1]?.headers.authorization, undefined);
    } finally {
      await other.stop();
    }
  });

  it('acknowledges at once when nobody has to be asked', async () => {
    register('optional');
    const { accepted, event, verdicts } = await wap.tenant.subscribe('Gold1', user);
    assert.deepEqual([accepted, event.State, verdicts], [true, 0, []]);
  });

  it('asks before add-ons are bought and dropped, and before the end', async () => {
    register();
    const bought = await wap.tenant.buyAddOn(one, 'Extra1');
    const instance = bought.subscription?.AddOnReferences[0];
    const dropped = await wap.tenant.dropAddOn(one, 'Extra1');
    const ended = await wap.tenant.unsubscribe(one);
    assert.deepEqual(
      adapter.received.map(({ method, url, body }) => [method, url, body.Method, body.EntityParentId, body.Entity]),
      [
        [
          'PUT',
          '/usage/subscriptionAddons',
          'POST',
          one,
          { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null },
        ],
        ['POST', '/usage/subscriptionAddons', 'DELETE', one, instance],
        ['POST', '/usage/subscriptions', 'DELETE', null, adapter.received[2]?.body.Entity],
      ],
    );
    assert.deepEqual(bought.event.Entity, { AddOnId: 'Extra1', AddOnInstanceId: null, AcquisitionTime: null });
    assert.ok(instance?.AddOnInstanceId && instance.AcquisitionTime);
    assert.deepEqual(dropped.subscription?.AddOnReferences, []);
    assert.deepEqual([ended.event.State, ended.subscription?.State], [0, 3]);
    const events = wap.state.events.length;
    clock.advance(1000);
    assert.deepEqual([wap.state.subscriptions, wap.state.events.length], [[], events]);
  });

  it('posts the purchase of an add-on where the subscriber wants the other verb', async () => {
    wap.registerSubscriber({ endpoint: adapter.url, type: 'billing', addOnVerb: 'POST' });
    await wap.tenant.buyAddOn(one, 'Extra1');
    assert.equal(adapter.received[0]?.method, 'POST');
  });

  it('asks about updates, whole as PUT or only what changes as PATCH', async () => {
    register();
    const whole = await wap.tenant.update(one, { SubscriptionName: 'Renamed' });
    const part = await wap.tenant.update(one, { SubscriptionName: 'Again' }, 'PATCH');
    assert.deepEqual(
      adapter.received.map(({ url, body }) => [url, body.Method]),
      [
        ['/usage/subscriptions', 'PUT'],
        ['/usage/subscriptions', 'PATCH'],
      ],
    );
    assert.deepEqual([whole.event.Entity.SubscriptionName, whole.event.Entity.PlanId], ['Renamed', 'Gold1']);
    assert.deepEqual([part.event.Entity.SubscriptionName, part.event.Entity.PlanId], ['Again', '']);
    assert.equal(part.subscription?.SubscriptionName, 'Again');
  });

  it('asks for prices and shows a JSON string or a plain text', async () => {
    register();
    Object.assign(adapter.state, { status: 200, text: '"9.90 EUR"' });
    const query = { region: 'eu', username: 'a b@c', subscriptionId: one };
    assert.deepEqual(await wap.tenant.price('Gold1'), { status: 200, price: '9.90 EUR' });
    adapter.state.text = 'about 4 EUR';
    assert.deepEqual(await wap.tenant.price('Extra1', query), { status: 200, price: 'about 4 EUR' });
    adapter.state.status = 500;
    assert.deepEqual(await wap.tenant.price('Gold1'), { status: 500, price: null });
    assert.deepEqual(
      adapter.received.slice(0, 2).map(({ method, url }) => `${method} ${url}`),
      [
        'GET /usage/planPrice?id=Gold1',
        `GET /usage/addonPrice?id=Extra1&region=eu&username=a%20b%40c&subscriptionid=${one}`,
      ],
    );
  });

  const refusals: Array<[what: string, act: (tenant: Tenant) => Promise<unknown>, status: number]> = [
    ['a plan that is not public', tenant => tenant.subscribe('Hidden1', user), 400],
    ['an unknown plan', tenant => tenant.subscribe('None', user), 404],
    ['more subscriptions than an account may have', tenant => tenant.subscribe('Gold1', 'ANNA@one.example'), 409],
    ['an unknown subscription', tenant => tenant.unsubscribe('none'), 404],
    ['an add-on that nobody has', tenant => tenant.dropAddOn(one, 'Extra1'), 404],
    ['a price of nothing', tenant => tenant.price('None'), 404],
  ];
  for (const [what, act, status] of refusals) {
    it(`refuses ${what} without asking`, async () => {
      register();
      await assert.rejects(act(wap.tenant), { status });
      assert.deepEqual(adapter.received, []);
    });
  }

  it('decides once: what became impossible meanwhile is rejected', async () => {
    register();
    adapter.state.silent = true;
    const came = adapter.next();
    const wish = wap.tenant.buyAddOn(one, 'Extra1');
    await came;
    adapter.state.silent = false;
    assert.equal((await wap.tenant.buyAddOn(one, 'Extra1')).accepted, true);
    clock.advance(120_000);
    assert.equal((await wish).accepted, false);
    await assert.rejects(wap.tenant.buyAddOn(one, 'Extra1'), { status: 409 });
  });

  it('can be driven from another process', async () => {
    const { tenant, ...control } = controlOfWap(wap.adminUrl);
    await control.registerSubscriber({ endpoint: adapter.url, type: 'billing' });
    const { accepted, subscription } = await tenant.subscribe('Gold1', user, { SubscriptionName: 'Mine' });
    assert.deepEqual([accepted, subscription?.SubscriptionName], [true, 'Mine']);
    const id = subscription?.SubscriptionID ?? '';
    assert.equal((await tenant.update(id, { CoAdminNames: ['c@two.example'] }, 'PATCH')).accepted, true);
    assert.equal((await tenant.buyAddOn(id, 'Extra1')).accepted, true);
    assert.equal((await tenant.dropAddOn(id, 'Extra1')).accepted, true);
    assert.equal((await tenant.unsubscribe(id)).subscription?.State, 3);
    Object.assign(adapter.state, { status: 200, text: '"1 EUR"' });
    assert.equal((await tenant.price('Gold1')).price, '1 EUR');
    await control.removeSubscriber('billing');
    await assert.rejects(control.removeSubscriber('billing'), /answered 404/);
    await assert.rejects(tenant.subscribe('Hidden1', user), /answered 400.*not public/);
    await control.seed({ usage: { count: 50, lateShare: 0.5 } });
    const expected = [];
    for await (const record of control.expectedUsage({ fromId: 20 })) expected.push(record);
    assert.deepEqual(expected, [...wap.expectedUsage({ fromId: 20 })]);
    assert.ok(expected.length > 0);
  });
});
