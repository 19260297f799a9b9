import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startBillingSimulator } from '../../../simulator/billing/server';
import { RequestLog } from '../../../simulator/log';
import { startWapSimulator } from '../../../simulator/wap/server';
import { anAddOn, aPlan } from '../../builders';
import { adminOf, call, manualClock } from './support';

describe('the state of a simulator', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'simulator-state-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('comes back from a file as it was saved, ids and gaps going on alike', async () => {
    const clock = manualClock();
    const first = await startWapSimulator({ ports: 0, seed: 5, clock });
    first.seed({ addons: [anAddOn()], plans: [aPlan()], subscriptions: [{ PlanId: aPlan().Id }] });
    const file = path.join(folder, 'wap.json');
    first.save(file);
    const second = await startWapSimulator({ ports: 0, seed: 6, clock });
    second.load(file);
    assert.deepEqual(second.state, first.state);
    for (const wap of [first, second]) await adminOf(wap)('POST', '/plans', { body: { DisplayName: 'Next' } });
    assert.deepEqual(second.state, first.state);
    await Promise.all([first.close(), second.close()]);
  });

  it('keeps users, what is being deleted, and usage, planned or put in', async () => {
    const clock = manualClock();
    const stateFile = path.join(folder, 'usage.json');
    const start = () => startWapSimulator({ ports: 0, clock, stateFile, subscriptionDeleteMs: 1000 });
    const first = await start();
    first.seed({ plans: [aPlan()], users: [{ Name: 'dora', State: 2 }], herd: { count: 3 } });
    first.seed({ usage: { count: 20, lateShare: 0.5, lateMs: 500 } });
    first.seed({ usage: [{ SubscriptionId: 's-1', EventId: 7, availableAt: clock.now() + 500 }] });
    const [last] = first.state.subscriptions;
    await adminOf(first)('DELETE', `/subscriptions/${last?.SubscriptionID}`);
    const [state, seen, whole] = [first.state, [...first.expectedUsage()], [...first.expectedUsage({ at: 1e15 })]];
    await first.close();
    const second = await start();
    assert.deepEqual([second.state, [...second.expectedUsage()]], [state, seen]);
    clock.advance(1000);
    assert.equal(second.state.subscriptions.length, 2);
    assert.equal([...second.expectedUsage()].length, 21);
    assert.deepEqual(whole, []); // in a far future everything is deleted
    await second.close();
  });

  it('of billing keeps subscriptions with their history', async () => {
    const clock = manualClock();
    const stateFile = path.join(folder, 'billed.json');
    const first = await startBillingSimulator({ port: 0, clock, stateFile });
    first.seed({ offers: [{ key: 'gold', name: 'Gold' }], subscriptions: [{ key: 's-1', offer: 'gold' }] });
    const { state } = first;
    await first.close();
    const second = await startBillingSimulator({ port: 0, clock, stateFile });
    assert.deepEqual(second.state, state);
    await second.close();
  });

  it('is shown to people: subscriptions and usage, counted and escaped', async () => {
    const wap = await startWapSimulator({ ports: 0 });
    const billing = await startBillingSimulator({ port: 0 });
    const plan = { ...aPlan(), DisplayName: '<b>Gold' };
    wap.seed({ plans: [plan], herd: { count: 30 }, usage: { count: 12 } });
    billing.seed({ offers: [{ key: 'gold', name: 'Gold' }], subscriptions: [{ key: 's-1', offer: 'gold' }] });
    const page = (await call('GET', `${wap.adminUrl}/`)).text;
    assert.match(page, /Subscriptions \(30\)/);
    assert.match(page, /Usage records \(12\)/);
    assert.match(page, /&lt;b&gt;Gold/);
    assert.doesNotMatch(page, /<b>Gold/);
    assert.match((await call('GET', `${billing.url}/`)).text, /Subscriptions \(1\)/);
    await Promise.all([wap.close(), billing.close()]);
  });

  it('follows every change of WAP in its own file, and is there at the next start', async () => {
    const stateFile = path.join(folder, 'own', 'wap.json');
    const first = await startWapSimulator({ ports: 0, stateFile });
    await adminOf(first)('POST', '/plans', { body: { DisplayName: 'Gold' } });
    const { state } = first;
    await first.close();
    const second = await startWapSimulator({ ports: 0, stateFile });
    assert.deepEqual(second.state, state);
    await second.close();
    assert.deepEqual(readdirSync(path.dirname(stateFile)), ['wap.json']);
  });

  it('of billing keeps offers, what is not visible yet, the ledger and the idempotency keys', async () => {
    const clock = manualClock();
    const stateFile = path.join(folder, 'billing.json');
    const start = () => startBillingSimulator({ port: 0, token: 't', clock, stateFile, offerDelayMs: 1000 });
    const headers = { authorization: 'Bearer t', 'idempotency-key': 'k1' };
    const offer = { body: { key: 'gold', name: 'Gold', kind: 'plan' }, headers };
    const usage = { body: { records: [{ id: 'r1' }] }, headers: { authorization: 'Bearer t' } };
    const first = await start();
    const made = await call('POST', `${first.url}/offers`, offer);
    await call('POST', `${first.url}/usage`, usage);
    const { state } = first;
    await first.close();
    const second = await start();
    assert.deepEqual(second.state, state);
    const again = await call('POST', `${second.url}/offers`, offer);
    assert.deepEqual([again.status, again.body], [201, made.body]);
    assert.equal((await call('GET', `${second.url}/offers/gold`, { headers })).status, 404);
    clock.advance(1000);
    assert.equal((await call('GET', `${second.url}/offers/gold`, { headers })).status, 200);
    await second.close();
  });

  it('is not read from a file of another kind, broken or missing', async () => {
    const wap = await startWapSimulator({ ports: 0 });
    const billing = await startBillingSimulator({ port: 0 });
    const file = path.join(folder, 'of-billing.json');
    billing.save(file);
    assert.equal(statSync(file).mode & 0o077, 0, 'it is for its owner alone');
    assert.throws(() => wap.load(file), /is not a state file of this simulator \(wap-simulator-1\)/);
    writeFileSync(file, '{"format":');
    assert.throws(() => billing.load(file), /is not a state file/);
    assert.throws(() => billing.load(path.join(folder, 'missing.json')), /There is no file/);
    await Promise.all([wap.close(), billing.close()]);
  });

  it('is given away as a copy', async () => {
    const wap = await startWapSimulator({ ports: 0 });
    wap.seed({ plans: [aPlan()] });
    for (const plan of wap.state.plans) plan.DisplayName = 'changed';
    assert.equal(wap.state.plans[0]?.DisplayName, 'Gold');
    await wap.close();
  });

  it('goes with one log over both simulators when they share it', async () => {
    const log = new RequestLog();
    const wap = await startWapSimulator({ ports: 0, log });
    const billing = await startBillingSimulator({ port: 0, log });
    await adminOf(wap)('GET', '/plans');
    await call('GET', `${billing.url}/health`);
    await adminOf(wap)('GET', '/addons');
    assert.deepEqual(
      log.entries().map(({ order, server, status }) => [order, server, status]),
      [
        [1, 'admin', 200],
        [2, 'billing', 200],
        [3, 'admin', 200],
      ],
    );
    await Promise.all([wap.close(), billing.close()]);
  });
});
