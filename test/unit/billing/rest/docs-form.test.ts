import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBilling } from '../../../../lib/billing/connection';
import { templatesWith } from '../../../../lib/billing/rest/templates';
import { anOffer } from '../../../contract/provider';
import { InstantClock } from '../../http/instant-clock';
import { compile } from '../jsonata-compile';

const text = /```json form\n([\s\S]*?)```/.exec(readFileSync('docs/billing-rest.md', 'utf8'))?.[1] ?? '';

interface Product {
  id: string;
  name: string | null;
  active: boolean;
  metadata: { wap: string | null };
}

/** Keeps products and meter events, takes nothing but forms, and refuses an id that it has. */
async function formBilling() {
  const products = new Map<string, Product>();
  const events = new Map<string, Record<string, string>>();
  const answerTo = (method: string, url: URL, type: string, form: URLSearchParams): [number, unknown] => {
    if (method === 'POST' && type !== 'application/x-www-form-urlencoded')
      return [400, { error: { message: 'Send a form.' } }];
    const id = /^\/products\/(.+)$/.exec(url.pathname)?.[1];
    if (id !== undefined) {
      const product = products.get(id);
      if (!product) return [404, { error: { message: `No such product: ${id}` } }];
      if (method === 'POST') product.active = form.get('active') === 'true';
      return [200, product];
    }
    if (url.pathname === '/billing/meter_events') {
      events.set(String(form.get('identifier')), Object.fromEntries(form));
      return [200, { object: 'billing.meter_event' }];
    }
    if (method === 'GET') {
      const all = [...products.values()];
      const from = all.findIndex(each => each.id === url.searchParams.get('starting_after')) + 1;
      return [200, { data: all.slice(from, from + 1), has_more: from + 1 < all.length }];
    }
    const made = String(form.get('id'));
    if (products.has(made)) return [400, { error: { code: 'resource_already_exists', message: 'Exists.' } }];
    products.set(made, {
      id: made,
      name: form.get('name'),
      active: true,
      metadata: { wap: form.get('metadata[wap]') },
    });
    return [200, products.get(made)];
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '/', 'http://billing.example');
    const type = request.headers['content-type'] ?? '';
    const [status, answer] = answerTo(request.method ?? '', url, type, new URLSearchParams(body));
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = { baseUrl, attemptTimeoutMs: 5000, totalTimeoutMs: 5000, retries: 0 };
  const connection = openBilling(
    { provider: 'rest', http, auth: { kind: 'none' }, templates: templatesWith(JSON.parse(text)) },
    { compile, clock: new InstantClock() },
  );
  const close = async () => {
    connection.close();
    await new Promise(resolve => server.close(resolve));
  };
  return { connection, products, events, close };
}

describe('the example of docs/billing-rest.md for a catalogue that takes forms', () => {
  let billing: Awaited<ReturnType<typeof formBilling>>;
  beforeEach(async () => {
    billing = await formBilling();
  });
  afterEach(() => billing.close());

  it('makes a plan once, finds it, takes it away, and tells another name', async () => {
    const { provider } = billing.connection;
    await provider.check();
    const wanted = anOffer();
    const made = await provider.ensureOffer(wanted);
    assert.deepEqual(await provider.ensureOffer(wanted), made);
    assert.equal(billing.products.size, 1);
    await assert.rejects(provider.ensureOffer({ ...wanted, name: 'Other' }), { code: 'BILLING_OFFER_DIFFERS' });
    assert.equal((await provider.retireOffer(wanted.key)).state, 'retired');
    assert.equal((await provider.publishOffer(wanted.key)).state, 'active');
  });

  it('keeps a key of 300 characters, and lists page by page', async () => {
    const { provider } = billing.connection;
    const keys = ['x'.repeat(300), 'gold', 'silver'];
    for (const key of keys) await provider.ensureOffer({ ...anOffer(), key });
    assert.deepEqual(
      (await provider.listOffers?.())?.map(({ key }) => key),
      keys,
    );
    assert.ok([...billing.products.keys()].every(id => id.length <= 64));
    assert.equal((await provider.offerState('x'.repeat(300))).state, 'active');
  });

  it('sends usage to the customer, its quantity digit by digit', async () => {
    const quantity = '0.123456789012';
    const item = {
      ...{ key: 'u-1', subscription: 'cus_1', wapSubscriptionId: 's-1', meter: 'cpu', unit: null, quantity },
      ...{ startTime: '2026-03-01T09:00:00.000Z', endTime: '2026-03-01T10:00:00.000Z' },
      ...{ adjustment: false, properties: {} },
    };
    assert.deepEqual(await billing.connection.usage.send([item]), [{ outcome: 'delivered' }]);
    const sent = billing.events.get('u-1');
    assert.deepEqual(
      [sent?.['payload[value]'], sent?.['payload[stripe_customer_id]'], sent?.timestamp],
      [quantity, 'cus_1', '1772359200'],
    );
  });
});
