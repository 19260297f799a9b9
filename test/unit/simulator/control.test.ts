import assert from 'node:assert/strict';
import type { BillingSimulator } from '../../../simulator/billing/options';
import { startBillingSimulator } from '../../../simulator/billing/server';
import { controlOfBilling, controlOfWap } from '../../../simulator/control';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { anAddOn, aPlan } from '../../builders';
import { adminOf, call, manualClock } from './support';

describe('the control of a simulator over HTTP', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let billing: BillingSimulator;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock });
    billing = await startBillingSimulator({ port: 0, clock });
  });
  afterEach(() => Promise.all([wap.close(), billing.close()]));

  it('adds faults with patterns, tells what they met, and clears them', async () => {
    const control = controlOfWap(wap.adminUrl);
    const fault = await control.faults.add({ kind: 'status', status: 503, path: /^\/PLANS$/i, times: Infinity });
    const admin = adminOf(wap);
    assert.deepEqual([(await admin('GET', '/plans')).status, (await admin('GET', '/plans')).status], [503, 503]);
    assert.equal(await fault.hits(), 2);
    await control.faults.clear();
    assert.equal((await admin('GET', '/plans')).status, 200);
    await assert.rejects(fault.hits(), /answered 404/);
  });

  it('removes one fault, and releases what another holds', async () => {
    const control = controlOfWap(wap.adminUrl);
    const removed = await control.faults.add({ kind: 'status', path: '/addons' });
    const held = await control.faults.add({ kind: 'hold', path: '/plans' });
    await removed.remove();
    const answer = adminOf(wap)('GET', '/plans');
    await wap.faults.find(held.id)?.untilHit();
    assert.equal(await held.holding(), 1);
    await held.release();
    assert.deepEqual([(await answer).status, (await adminOf(wap)('GET', '/addons')).status], [200, 200]);
  });

  it('seeds WAP and shows its state and log, itself not in the log', async () => {
    const control = controlOfWap(wap.adminUrl);
    await control.seed({ addons: [anAddOn()], plans: [aPlan()], subscriptions: [{ PlanId: aPlan().Id }] });
    assert.deepEqual(await control.state(), wap.state);
    assert.deepEqual(
      wap.state.plans.map(plan => [plan.DisplayName, plan.SubscriptionCount]),
      [['Gold', 1]],
    );
    assert.deepEqual(await control.log(), []);
    await adminOf(wap)('GET', '/plans?x=1');
    assert.deepEqual(
      (await control.log()).map(({ path, status }) => [path, status]),
      [['/plans?x=1', 200]],
    );
    await control.clearLog();
    assert.deepEqual(await control.log(), []);
  });

  it('seeds billing, its delays included', async () => {
    const control = controlOfBilling(billing.url);
    await control.seed({
      offers: [{ key: 'old', name: 'Old', state: 'active' }],
      rules: [{ pattern: /late/i, delayMs: 'never' }],
    });
    const headers = { authorization: `Bearer ${billing.token}` };
    await call('POST', `${billing.url}/offers`, { body: { key: 'l', name: 'Late', kind: 'plan' }, headers });
    const { offers, visibleAt } = await control.state();
    assert.deepEqual(
      offers.map(offer => [offer.key, offer.state]),
      [
        ['old', 'active'],
        ['l', 'draft'],
      ],
    );
    assert.deepEqual(visibleAt, { old: clock.now(), l: null });
  });

  it('refuses what it does not understand', async () => {
    const url = `${wap.adminUrl}/_simulator`;
    const rows: Array<[path: string, body: unknown]> = [
      ['/faults', { kind: 'flood', path: '/plans' }],
      ['/faults', { kind: 'status' }],
      ['/faults', { kind: 'status', path: '/plans', server: 'mail' }],
      ['/faults', { kind: 'status', path: { source: '(', flags: '' } }],
      ['/seed', { plans: [{}] }],
      ['/seed', { plans: 'Gold' }],
      ['/seed', { events: [{ feed: 'addOnServices', Entity: {} }] }],
    ];
    for (const [path, body] of rows) {
      const { status, body: answer } = await call('POST', url + path, { body });
      assert.deepEqual([status, Object.keys(answer)], [400, ['message']], JSON.stringify(body));
    }
    await assert.rejects(controlOfWap(wap.adminUrl).seed({ plans: [aPlan(), aPlan()] }), /answered 409/);
  });

  it('shows people what WAP holds, with every text escaped', async () => {
    wap.seed({ plans: [aPlan({ DisplayName: '<b>Gold</b>' })] });
    const { text, headers } = await call('GET', `${wap.adminUrl}/`);
    assert.match(headers.get('content-type') ?? '', /^text\/html/);
    assert.match(text, /<td>&lt;b&gt;Gold&lt;\/b&gt;<\/td><td>public<\/td>/);
  });

  it('shows people when an offer will be visible', async () => {
    billing.seed({ rules: [{ pattern: /Gold/, delayMs: 4001 }] });
    const headers = { authorization: `Bearer ${billing.token}` };
    await call('POST', `${billing.url}/offers`, { body: { key: 'gold', name: 'Gold', kind: 'plan' }, headers });
    assert.match((await call('GET', `${billing.url}/`)).text, /<td>draft<\/td><td>in 5 s<\/td>/);
    clock.advance(4001);
    assert.match((await call('GET', `${billing.url}/`)).text, /<td>draft<\/td><td>yes<\/td>/);
  });
});
