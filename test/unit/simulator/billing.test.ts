import assert from 'node:assert/strict';
import type { BillingSimulator } from '../../../simulator/billing/options';
import { startBillingSimulator } from '../../../simulator/billing/server';
import { type Call, call, manualClock } from './support';

describe('the simulated billing system', () => {
  const clock = manualClock();
  let billing: BillingSimulator;
  beforeEach(async () => {
    billing = await startBillingSimulator({
      port: 0,
      clock,
      rules: [
        { pattern: /^Lost/, delayMs: 'never' },
        { pattern: /^Slow/, delayMs: 5000 },
        { pattern: /Lost|Slow/, delayMs: 1 },
      ],
    });
  });
  afterEach(() => billing.close());

  const send = (method: string, path: string, { headers, ...rest }: Call = {}) =>
    call(method, billing.url + path, { ...rest, headers: { authorization: `Bearer ${billing.token}`, ...headers } });
  const gold = { key: 'gold', name: 'Gold', kind: 'plan', price: '9.90', description: null, tier: 3 };
  const keyed = (key: string) => ({ 'idempotency-key': key });

  it('makes an offer as draft, publishes and retires it, each step safe to repeat', async () => {
    const made = await send('POST', '/offers', { body: gold });
    assert.equal(made.status, 201);
    assert.deepEqual({ ...made.body, id: '' }, { ...gold, id: '', state: 'draft', version: 1 });
    const steps = ['publish', 'publish', 'retire', 'retire', 'publish'];
    const seen: unknown[] = [];
    for (const step of steps) {
      const { status, body } = await send('POST', `/offers/gold/${step}`);
      seen.push(status === 200 ? body.state : status);
    }
    assert.deepEqual(seen, ['active', 'active', 'retired', 'retired', 409]);
  });

  it('answers a known equal offer with 200, another content under its key with 409 and the known one', async () => {
    const made = await send('POST', '/offers', { body: gold });
    const again = await send('POST', '/offers', { body: gold });
    const other = await send('POST', '/offers', { body: { ...gold, price: '12' } });
    assert.deepEqual([again.status, again.body], [200, made.body]);
    assert.deepEqual([other.status, other.body.offer], [409, made.body]);
    assert.equal(billing.state.offers.length, 1);
  });

  it('gives the stored answer for an idempotency key, and 409 when the request differs', async () => {
    const made = await send('POST', '/offers', { body: gold, headers: keyed('k1') });
    await send('POST', '/offers/gold/publish');
    const again = await send('POST', '/offers', { body: gold, headers: keyed('k1') });
    const other = await send('POST', '/offers', { body: { ...gold, key: 'silver' }, headers: keyed('k1') });
    assert.deepEqual([again.status, again.body], [201, made.body]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(other.status, 409);
    assert.equal(billing.state.offers.length, 1);
  });

  it('shows an offer to readers only after its delay; writers meet it at once', async () => {
    await send('POST', '/offers', { body: { ...gold, name: 'Slow Gold' } });
    assert.equal((await send('GET', '/offers/gold')).status, 404);
    assert.equal((await send('GET', '/offers')).body.total, 0);
    assert.equal((await send('POST', '/offers', { body: { ...gold, name: 'Slow Gold' } })).status, 200);
    clock.advance(4999);
    assert.equal((await send('GET', '/offers/gold')).status, 404);
    clock.advance(1);
    assert.equal((await send('GET', '/offers/gold')).body.name, 'Slow Gold');
    assert.equal((await send('GET', '/offers')).body.total, 1);
  });

  it('never shows an offer that its rule loses', async () => {
    await send('POST', '/offers', { body: { ...gold, name: 'Lost Slow' } });
    clock.advance(1e12);
    assert.equal((await send('GET', '/offers/gold')).status, 404);
    assert.deepEqual(billing.state.visibleAt, { gold: null });
    assert.equal((await send('POST', '/offers/gold/retire')).body.state, 'retired');
  });

  it('lists by state, page by page', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await send('POST', '/offers', { body: { ...gold, key } });
    for (const key of ['a', 'c', 'd']) await send('POST', `/offers/${key}/publish`);
    const { body } = await send('GET', '/offers?state=active&page=2&per_page=2');
    assert.deepEqual([body.page, body.per_page, body.total], [2, 2, 3]);
    assert.deepEqual(Array.isArray(body.offers) && body.offers.map(offer => offer.key), ['d']);
  });

  it('counts the versions of an offer, and leaves a retired one alone', async () => {
    await send('POST', '/offers', { body: gold });
    const same = await send('PUT', '/offers/gold', { body: gold });
    const changed = await send('PUT', '/offers/gold', { body: { ...gold, price: '12' } });
    assert.deepEqual([same.body.version, changed.body.version, changed.body.price], [1, 2, '12']);
    await send('POST', '/offers/gold/retire');
    assert.equal((await send('PUT', '/offers/gold', { body: gold })).status, 409);
  });

  it('judges every usage record on its own', async () => {
    const records = [
      { id: 'r1', quantity: '1.5' },
      { id: 'r2', quantity: -1 },
      {},
      { id: 'r1', quantity: '1.5' },
      { id: 'r1', quantity: '2' },
    ];
    const { status, body } = await send('POST', '/usage', { body: { records } });
    assert.equal(status, 200);
    const outcomes = Array.isArray(body.results) ? body.results.map(result => result.outcome) : [];
    assert.deepEqual(outcomes, ['delivered', 'rejected', 'rejected', 'duplicate', 'rejected']);
    assert.deepEqual(billing.state.ledger, [{ id: 'r1', quantity: '1.5' }]);
  });

  const refusals: Array<[what: string, status: number, method: string, path: string, request: Call]> = [
    ['no token', 401, 'GET', '/offers', { headers: { authorization: '' } }],
    ['a wrong token', 401, 'POST', '/offers', { body: gold, headers: { authorization: 'Bearer x' } }],
    ['another verb', 405, 'DELETE', '/offers/gold', {}],
    ['no name', 400, 'POST', '/offers', { body: { key: 'gold', kind: 'plan' } }],
    ['a price that is a number', 400, 'POST', '/offers', { body: { ...gold, price: 9.9 } }],
    ['broken JSON', 400, 'POST', '/offers', { raw: '{' }],
    ['an unknown offer', 404, 'POST', '/offers/nothing/publish', {}],
    ['an unknown state', 400, 'GET', '/offers?state=gone', {}],
    ['page 0', 400, 'GET', '/offers?page=0', {}],
    ['usage without a list', 400, 'POST', '/usage', { body: {} }],
  ];
  for (const [what, status, method, path, request] of refusals) {
    it(`refuses ${what}: ${status}`, async () => {
      const answer = await send(method, path, request);
      assert.equal(answer.status, status);
      assert.deepEqual(Object.keys(answer.body), ['error']);
      assert.deepEqual(billing.state.offers, []);
    });
  }

  it('tells its health to anybody', async () => {
    assert.deepEqual((await call('GET', `${billing.url}/health`)).body, { status: 'ok' });
  });
});
