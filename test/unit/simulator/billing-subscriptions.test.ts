import assert from 'node:assert/strict';
import type { BillingSimulator } from '../../../simulator/billing/options';
import { startBillingSimulator } from '../../../simulator/billing/server';
import { controlOfBilling } from '../../../simulator/control';
import { type Call, call, manualClock } from './support';

describe('the subscriptions of the simulated billing system', () => {
  const clock = manualClock();
  let billing: BillingSimulator;
  beforeEach(async () => {
    billing = await startBillingSimulator({ port: 0, clock });
    billing.seed({
      offers: [
        { key: 'gold', name: 'Gold' },
        { key: 'silver', name: 'Silver' },
      ],
    });
  });
  afterEach(() => billing.close());

  const send = (method: string, path: string, { headers, ...rest }: Call = {}) =>
    call(method, billing.url + path, { ...rest, headers: { authorization: `Bearer ${billing.token}`, ...headers } });
  const anna = { key: 's-1', offer: 'gold', account: 'anna@one.example', name: 'Mine', at: '2026-02-01T08:00:00Z' };
  const step = (path: string, body?: unknown) =>
    send('POST', `/subscriptions/s-1/${path}`, body === undefined ? {} : { body });

  it('are created once: 201, then 200 for the same, 409 with the known one for another', async () => {
    const made = await send('POST', '/subscriptions', { body: anna });
    assert.equal(made.status, 201);
    assert.match(String(made.body.id), /^sub_/);
    assert.deepEqual(
      [made.body.state, made.body.history],
      ['active', [{ step: 'created', at: '2026-02-01T08:00:00Z', offer: 'gold' }]],
    );
    const again = await send('POST', '/subscriptions', { body: anna });
    const other = await send('POST', '/subscriptions', { body: { ...anna, account: 'ben@two.example' } });
    assert.deepEqual([again.status, again.body], [200, made.body]);
    assert.deepEqual([other.status, other.body.subscription], [409, made.body]);
    assert.deepEqual((await send('GET', '/subscriptions/s-1')).body, made.body);
  });

  it('keep every step with the time it holds from, each safe to repeat', async () => {
    await send('POST', '/subscriptions', { body: anna });
    const at = (day: number) => `2026-02-${day}T00:00:00Z`;
    for (const _time of ['first', 'again']) {
      await step('suspend', { at: at(10) });
      await step('suspend', { at: at(11) });
    }
    await step('resume', { at: at(12) });
    await step('resume');
    await step('change-plan', { offer: 'silver', at: at(14) });
    await step('change-plan', { offer: 'silver', at: at(15) });
    await step('cancel');
    const { body } = await step('cancel', { at: at(20) });
    assert.equal(body.state, 'cancelled');
    assert.deepEqual(body.history, [
      { step: 'created', at: '2026-02-01T08:00:00Z', offer: 'gold' },
      { step: 'suspended', at: at(10), offer: 'gold' },
      { step: 'resumed', at: at(12), offer: 'gold' },
      { step: 'plan-changed', at: at(14), offer: 'silver' },
      { step: 'cancelled', at: '2026-03-01T09:00:00.000Z', offer: 'silver' },
    ]);
  });

  it('leave a cancelled one alone', async () => {
    await send('POST', '/subscriptions', { body: anna });
    const { body } = await step('cancel');
    const answers = [
      await step('suspend'),
      await step('resume'),
      await step('change-plan', { offer: 'silver' }),
      await send('PUT', '/subscriptions/s-1', { body: anna }),
      await send('POST', '/subscriptions', { body: anna }),
    ];
    for (const answer of answers) assert.deepEqual([answer.status, answer.body.subscription], [409, body]);
  });

  it('take another account and name by PUT, and nothing else', async () => {
    await send('POST', '/subscriptions', { body: anna });
    const { status, body } = await send('PUT', '/subscriptions/s-1', {
      body: { account: 'ben@two.example', name: null, offer: 'silver', state: 'cancelled' },
    });
    assert.deepEqual(
      [status, body.account, body.name, body.offer, body.state],
      [200, 'ben@two.example', null, 'gold', 'active'],
    );
  });

  it('are listed by state, page by page', async () => {
    const subscriptions = Array.from({ length: 1500 }, (_none, index) => ({ key: `k${index}`, offer: 'gold' }));
    await controlOfBilling(billing.url).seed({ subscriptions: [...subscriptions, { ...anna, state: 'suspended' }] });
    const second = await send('GET', '/subscriptions?page=2&per_page=1000');
    assert.deepEqual(
      [second.body.total, Array.isArray(second.body.subscriptions) && second.body.subscriptions.length],
      [1501, 501],
    );
    const suspended = await send('GET', '/subscriptions?state=suspended');
    assert.deepEqual(Array.isArray(suspended.body.subscriptions) && suspended.body.subscriptions[0].key, 's-1');
    const hers = await send('GET', `/subscriptions?account=${encodeURIComponent(String(anna.account).toUpperCase())}`);
    assert.deepEqual([hers.body.total, (await send('GET', '/subscriptions?account=nobody')).body.total], [1, 0]);
    assert.equal(billing.state.subscriptions.length, 1501);
  });

  it('give the stored answer for an idempotency key', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const made = await send('POST', '/subscriptions', { body: anna, headers });
    await step('suspend');
    const again = await send('POST', '/subscriptions', { body: anna, headers });
    assert.deepEqual([again.status, again.body.state], [201, made.body.state]);
  });

  it('are there after a lost answer', async () => {
    billing.faults.add({ kind: 'reset-after', path: '/subscriptions', method: 'POST' });
    await assert.rejects(send('POST', '/subscriptions', { body: anna }));
    assert.equal((await send('POST', '/subscriptions', { body: anna })).status, 200);
  });

  const refusals: Array<[what: string, status: number, method: string, path: string, request: Call]> = [
    ['no key', 400, 'POST', '/subscriptions', { body: { ...anna, key: '' } }],
    ['an unknown offer', 404, 'POST', '/subscriptions', { body: { ...anna, offer: 'lead' } }],
    ['a time without a zone', 400, 'POST', '/subscriptions', { body: { ...anna, at: '2026-02-01T08:00:00' } }],
    ['an unknown subscription', 404, 'POST', '/subscriptions/none/suspend', {}],
    ['an unknown state', 400, 'GET', '/subscriptions?state=gone', {}],
    ['no token', 401, 'GET', '/subscriptions', { headers: { authorization: '' } }],
    ['another verb', 405, 'DELETE', '/subscriptions/s-1', {}],
  ];
  for (const [what, status, method, path, request] of refusals) {
    it(`refuse ${what}: ${status}`, async () => {
      assert.equal((await send(method, path, request)).status, status);
      assert.deepEqual(billing.state.subscriptions, []);
    });
  }
});
