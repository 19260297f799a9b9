/** `npm run test:killbill`: the provider against a running Kill Bill in test mode, whose clock can be moved, up to its invoices.
 *  `KILLBILL_URL` is its address, e.g. `http://127.0.0.1:8080/1.0/kb`; user `admin`, password `password` unless `KILLBILL_USER`
 *  and `KILLBILL_PASSWORD` say otherwise. Every run makes tenants of its own. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BillingConnection, openBilling } from '../../lib/billing/connection';
import type { Offer } from '../../lib/billing/port';
import type { UsageItem } from '../../lib/billing/usage-port';
import { anOffer, failsWith } from '../contract/provider';
import { compile } from '../unit/billing/jsonata-compile';

const url = process.env.KILLBILL_URL ?? '';
const user = process.env.KILLBILL_USER ?? 'admin';
const password = process.env.KILLBILL_PASSWORD ?? 'password';
const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A call besides the provider's, as the operator or a judge makes it. */
async function kb<T>(method: string, path: string, tenant: string, body?: { type: string; text: string }): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...{ authorization, accept: 'application/json', 'X-Killbill-CreatedBy': 'tests' },
      ...{ 'X-Killbill-ApiKey': tenant, 'X-Killbill-ApiSecret': 'secret' },
      ...(body ? { 'content-type': body.type } : {}),
    },
    ...(body ? { body: body.text } : {}),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

const open = (apiKey: string): BillingConnection =>
  openBilling(
    {
      ...{ provider: 'killbill', auth: { kind: 'basic', user, password }, options: { apiKey }, secondSecret: 'secret' },
      http: { baseUrl: url, attemptTimeoutMs: 30_000, totalTimeoutMs: 90_000, retries: 2 },
    },
    { compile },
  );

const json = (value: unknown) => ({ type: 'application/json', text: JSON.stringify(value) });
const anItem = (key: string, subscription: string, endTime: string, quantity: string): UsageItem => ({
  ...{ key, subscription, wapSubscriptionId: 'sub-1', meter: 'cpu', unit: null, quantity },
  ...{ startTime: endTime, endTime, adjustment: false, properties: {} },
});

const skipped = url === '' ? ' (skipped: set KILLBILL_URL to the API of a running Kill Bill in test mode)' : '';

describe(`a real Kill Bill${skipped}`, function killBill() {
  this.timeout(180_000);
  let tenant: string;
  let billing: BillingConnection;

  before(function needed() {
    if (skipped) this.skip();
  });
  beforeEach(async () => {
    tenant = `wap-${randomUUID()}`;
    await kb('POST', '/tenants', tenant, json({ apiKey: tenant, apiSecret: 'secret' }));
    billing = open(tenant);
  });
  afterEach(() => billing?.close());

  const offer = (more: Partial<Offer> = {}) => anOffer({ price: '19.90 EUR per month', ...more });
  const wanted = (offerKey: string, since: string) => ({
    ...{ key: 'sub-1', offerKey, offerId: null, account: 'tenant@hoster.example', name: 'Tenant one', since },
  });

  it('is empty for a fresh tenant, and takes a plan, again too', async () => {
    await billing.check();
    assert.equal((await billing.provider.offerState('gold')).state, 'absent');
    assert.deepEqual(await billing.provider.listOffers?.(), []);
    const made = await billing.provider.ensureOffer(offer());
    assert.deepEqual(made, { key: 'gold', remoteId: 'p-gold', state: 'active', version: null });
    assert.deepEqual(await billing.provider.ensureOffer(offer()), made);
    await assert.rejects(billing.provider.ensureOffer(offer({ price: '5' })), failsWith('BILLING_OFFER_DIFFERS'));
  });

  it('is not poisoned by a name that it would refuse', async () => {
    await assert.rejects(billing.provider.ensureOffer(offer({ key: 'Gold plan (r2)' })), failsWith('INPUT_INVALID'));
    for (const key of ['7f3a9c1e-22b0-4f6d-9a51-0c4d8e5b7a10', 'Goldb4n7qk2x', 'Größe.1'])
      assert.equal((await billing.provider.ensureOffer(offer({ key }))).state, 'active');
  });

  it('follows a subscription: made, suspended, resumed, changed, cancelled', async () => {
    const at = new Date().toISOString();
    await billing.provider.ensureOffer(offer());
    await billing.provider.ensureOffer(offer({ key: 'silver' }));
    assert.equal((await billing.subscriptions.ensure(wanted('gold', at))).state, 'active');
    assert.equal((await billing.subscriptions.suspend('sub-1', at)).state, 'suspended');
    assert.equal((await billing.subscriptions.resume('sub-1', at)).state, 'active');
    const changed = await billing.subscriptions.changePlan('sub-1', { offerKey: 'silver', offerId: null }, at);
    assert.equal(changed.offerKey, 'silver');
    assert.equal((await billing.subscriptions.cancel('sub-1', at)).state, 'cancelled');
    await assert.rejects(billing.subscriptions.ensure(wanted('gold', at)), failsWith('BILLING_CONFLICT'));
    await assert.rejects(
      billing.subscriptions.ensure({ ...wanted('none', at), key: 'sub-2' }),
      /Could not find any plans named/,
    );
  });

  it('invoices the period and a month of usage, each quantity once', async () => {
    const catalogue = readFileSync(join(__dirname, 'catalogue.xml'), 'utf8');
    await kb('POST', '/catalog/xml', tenant, { type: 'text/xml', text: catalogue });
    const metered = offer({ key: 'metered', price: '10' });
    assert.equal((await billing.provider.ensureOffer(metered)).state, 'active');
    const { currentUtcTime } = await kb<{ currentUtcTime: string }>('GET', '/test/clock', tenant);
    const start = Date.parse(currentUtcTime);
    const { remoteId } = await billing.subscriptions.ensure(wanted('metered', currentUtcTime));
    const day = (n: number) => new Date(start + n * 86_400_000).toISOString();
    const items = Array.from({ length: 20 }, (_, n) => anItem(`use-${n}`, remoteId ?? '', day(n), String(n + 1)));
    for (const [index, item] of items.entries()) {
      if (index === 10) {
        billing.close();
        billing = open(tenant);
        // What was on its way when the adapter stopped comes again.
        for (const again of items.slice(5, 10))
          assert.deepEqual(await billing.usage.send([again]), [{ outcome: 'duplicate' }]);
      }
      assert.deepEqual(await billing.usage.send([item]), [{ outcome: 'delivered' }]);
    }
    const [unknown] = await billing.usage.send([{ ...anItem('use-x', remoteId ?? '', day(1), '5'), meter: 'gpu' }]);
    assert.equal(unknown?.outcome, 'retry');

    await kb('PUT', '/test/clock?days=32&timeoutSec=60', tenant);
    const { accountId } = await kb<{ accountId: string }>(
      'GET',
      '/accounts?externalKey=tenant%40hoster.example',
      tenant,
    );
    const amounts = async () => {
      const invoices = await kb<Array<{ amount: number }>>('GET', `/accounts/${accountId}/invoices`, tenant);
      return invoices.map(({ amount }) => amount);
    };
    // 1 + 2 + … + 20 = 210 units at 0.05, and the period that begins.
    for (let tries = 0; tries < 60 && (await amounts()).length < 2; tries++)
      await new Promise(resolve => setTimeout(resolve, 1000));
    assert.deepEqual(await amounts(), [10, 20.5]);
  });
});
