import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { UsageItem } from '../../../../lib/billing/usage-port';
import { UsageSender } from '../../../../lib/usage/send/sender';
import { anOffer, failsWith } from '../../../contract/provider';
import { InstantClock } from '../../http/instant-clock';
import { type Api, type Json, type StandIn, standIn } from '../stand-in';

const page = readFileSync('docs/billing-rest.md', 'utf8');

function example(name: string): Record<string, unknown> {
  const text = new RegExp(`\`\`\`json ${name}\n([^]*?)\`\`\``).exec(page)?.[1];
  assert.ok(text, `docs/billing-rest.md has no example ${name}`);
  return JSON.parse(text);
}

const anItem = (key: string): UsageItem => ({
  ...{ key, subscription: 'b-1', wapSubscriptionId: 's-1', meter: 'cpu', unit: null, quantity: '1', adjustment: false },
  ...{ startTime: '2026-03-01T09:00:00.000Z', endTime: '2026-03-01T10:00:00.000Z', properties: {} },
});

describe('the examples of docs/billing-rest.md', () => {
  let billing: StandIn | null = null;

  async function open(name: string, api: Api) {
    billing = await standIn(example(name), api);
    return billing.connection.provider;
  }
  afterEach(async () => {
    await billing?.close();
    billing = null;
  });

  it('begin with the default', () => assert.deepEqual(example('simulator'), defaultTemplates));

  it('bring an offer to a catalogue that is live at once, and take it away', async () => {
    const plans = new Map<string, Json>();
    const provider = await open('live-at-once', (call, { plan }) => {
      const key = /^(?:GET|DELETE) \/plans\/(.+)/.exec(call)?.[1];
      if (call.startsWith('GET /plans?')) {
        const n = Number(/[?&]page=(\d+)/.exec(call)?.[1] ?? 1);
        return [
          200,
          { plans: [...plans.values()].slice(n - 1, n), meta: { next_page: n < plans.size ? n + 1 : null } },
        ];
      }
      if (key !== undefined) {
        const known = plans.get(key);
        if (call.startsWith('DELETE')) plans.delete(key);
        if (call === 'DELETE /plans/silver') return [500, { error: 'done, but the answer is lost' }];
        return known ? [200, { plan: known }] : [404, { error: 'Not Found' }];
      }
      const sent = plan as Json;
      if (plans.has(String(sent.code))) return [422, { code: 'validation_errors' }];
      plans.set(String(sent.code), { ...sent, lago_id: `l-${plans.size}` });
      return [200, { plan: plans.get(String(sent.code)) }];
    });
    const gold = { key: 'gold', remoteId: 'l-0', state: 'active', version: null };
    assert.deepEqual(await provider.ensureOffer(anOffer()), gold);
    assert.equal(plans.get('gold')?.amount_cents, 1990);
    assert.deepEqual(await provider.ensureOffer(anOffer()), gold);
    assert.deepEqual(await provider.publishOffer('gold'), gold);
    await assert.rejects(provider.ensureOffer(anOffer({ price: '5' })), /differs in amount_cents\./);
    await provider.ensureOffer(anOffer({ key: 'silver' }));
    assert.deepEqual(
      (await provider.listOffers?.())?.map(offer => offer.key),
      ['gold', 'silver'],
    );
    await billing?.connection.check();
    assert.equal((await provider.retireOffer('gold')).state, 'retired');
    assert.deepEqual([...plans.keys()], ['silver']);
    assert.equal((await provider.retireOffer('silver')).state, 'absent');
  });

  describe('of usage where it is live at once', () => {
    const ledger = new Map<string, Json>();
    const wrong = new Set<string>();
    const usageOf = async () => {
      await open('live-at-once', (_call, { events }) => {
        const details: Json = {};
        for (const [index, { transaction_id: id }] of (events as Json[]).entries()) {
          if (wrong.has(String(id))) details[index] = { timestamp: ['invalid_format'] };
          if (ledger.has(String(id))) details[index] = { transaction_id: ['value_already_exist'] };
        }
        const error = { status: 422, error: 'Unprocessable Entity', code: 'validation_errors', error_details: details };
        if (Object.keys(details).length > 0) return [422, error];
        for (const event of events as Json[]) ledger.set(String(event.transaction_id), event);
        return [200, { events }];
      });
      return billing?.connection.usage ?? assert.fail();
    };
    beforeEach(() => {
      ledger.clear();
      wrong.clear();
    });

    it('bring what is new, know what is there and keep why the others were refused', async () => {
      const sink = await usageOf();
      assert.deepEqual(await sink.send([anItem('a'), anItem('b')]), [
        { outcome: 'delivered' },
        { outcome: 'delivered' },
      ]);
      wrong.add('c');
      const [first, second, third] = await sink.send([anItem('b'), anItem('c'), anItem('d')]);
      assert.deepEqual([first, third], [{ outcome: 'duplicate' }, { ...third, outcome: 'retry', afterMs: 0 }]);
      assert.deepEqual(second, { outcome: 'rejected', reason: '{"timestamp":["invalid_format"]}' });
      assert.deepEqual(await sink.send([anItem('d')]), [{ outcome: 'delivered' }]);
      assert.deepEqual(await sink.send([anItem('d')]), [{ outcome: 'duplicate' }]);
      assert.deepEqual([...ledger.keys()], ['a', 'b', 'd']);
      const { transaction_id: _id, ...event } = ledger.get('a') ?? {};
      assert.deepEqual(event, {
        ...{ external_subscription_id: 's-1', code: 'cpu', timestamp: '1772359200', properties: { value: '1' } },
      });
    });

    it('are sent to the end by the sender, each once', async () => {
      const sink = await usageOf();
      await sink.send([anItem('a')]);
      wrong.add('c');
      const signal = new AbortController().signal;
      const sender = new UsageSender({ sink, clock: new InstantClock(), signal, parallel: 2, attempts: 3 });
      const outcomes = await sender.submit(['a', 'b', 'c', 'd'].map(anItem));
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['duplicate', 'delivered', 'rejected', 'delivered'],
      );
    });
  });

  it('keep why a refused item was refused without a template that judges', async () => {
    billing = await standIn({ usage: { method: 'POST', path: '/events', body: '{ "event": item }' } }, () => [
      422,
      {
        status: 422,
        error: 'Unprocessable Entity',
        code: 'validation_errors',
        error_details: { timestamp: ['invalid_format'] },
      },
    ]);
    const [refused] = await billing.connection.usage.send([anItem('a')]);
    assert.equal(refused?.outcome, 'rejected');
    assert.match(refused && 'reason' in refused ? refused.reason : '', /timestamp: invalid_format/);
  });

  describe('of one catalogue for all', () => {
    const plans: Json[] = [];
    const taken = new Set<string>();
    const subscriptions: Json[] = [];
    const api: Api = (call, body) => {
      if (call === 'GET /catalog/availableBasePlans') {
        const fresh = { className: 'java.lang.NullPointerException', code: null, message: null };
        return plans.length === 0 ? [400, fresh] : [200, plans];
      }
      if (call === 'POST /catalog/simplePlan') {
        if (Number(body.amount) < 0) return [400, { code: 2080, message: 'Invalid amount -1' }];
        if (!plans.some(({ plan }) => plan === body.planId))
          plans.push({ product: body.productName, plan: body.planId });
        return [201, ''];
      }
      if (call.startsWith('GET /subscriptions?')) {
        const found = subscriptions.find(({ externalKey }) => call.endsWith(`externalKey=${externalKey}`));
        return found ? [200, found] : [404, { code: 1026 }];
      }
      if (call.startsWith('POST /subscriptions?')) {
        subscriptions.push({ ...body, subscriptionId: `s-${subscriptions.length}`, state: 'ACTIVE' });
        return [201, ''];
      }
      const [{ unitType }] = body.unitUsageRecords as [Json];
      if (unitType === 'bad') return [400, { code: 5, message: 'Invalid unit bad' }];
      if (taken.has(String(body.trackingId))) return [400, { code: 50000, message: 'Usage already exists' }];
      taken.add(String(body.trackingId));
      return [201, ''];
    };
    beforeEach(() => {
      for (const list of [plans, subscriptions]) list.length = 0;
      taken.clear();
    });

    it('bring the first plan to a fresh tenant, and another one beside it', async () => {
      const provider = await open('one-catalogue', api);
      assert.equal((await provider.offerState('gold')).state, 'absent');
      const gold = { key: 'gold', remoteId: 'plan-gold', state: 'active', version: null };
      assert.deepEqual(await provider.ensureOffer(anOffer()), gold);
      assert.equal((await provider.offerState('silver')).state, 'absent');
      assert.equal((await provider.ensureOffer(anOffer({ key: 'silver' }))).remoteId, 'plan-silver');
      assert.deepEqual(await provider.ensureOffer(anOffer()), gold);
      assert.equal(plans.length, 2);
    });

    it('tell why a plan is refused', async () => {
      const provider = await open('one-catalogue', api);
      await assert.rejects(provider.ensureOffer(anOffer({ price: '-1' })), /Invalid amount -1/);
    });

    it('read another 400, and a list that is none, as errors', async () => {
      const provider = await open('one-catalogue', () => [
        400,
        { className: 'x.BillingException', message: 'Catalog broken' },
      ]);
      await assert.rejects(provider.offerState('gold'), /answered 400: Catalog broken/);
      await billing?.close();
      const other = await open('one-catalogue', () => [200, { message: 'Down' }]);
      await assert.rejects(other.offerState('gold'), failsWith('BILLING_BAD_RESPONSE'));
    });

    it('subscribe, and bring usage once', async () => {
      await open('one-catalogue', api);
      const { subscriptions: port, usage: sink } = billing?.connection ?? assert.fail();
      const at = '2026-03-01T00:00:00Z';
      const wanted = { key: 'sub-1', offerKey: 'gold', offerId: null, account: 'uuid', name: null, since: at };
      assert.deepEqual(await port.ensure(wanted), {
        ...{ key: 'sub-1', remoteId: 's-0', state: 'active', offerKey: 'gold', account: null, name: null },
      });
      assert.deepEqual(await sink.send([anItem('a')]), [{ outcome: 'delivered' }]);
      assert.deepEqual(await sink.send([anItem('a')]), [{ outcome: 'duplicate' }]);
      const [refused] = await sink.send([{ ...anItem('b'), meter: 'bad' }]);
      assert.equal(refused?.outcome, 'rejected');
      assert.equal(sink.limits.maxKeyLength, 128);
    });
  });

  it('take an offer through drafts and versions', async () => {
    const versions: Json[] = [];
    const latest = (key?: string) => versions.findLast(plan => plan.key === key);
    const provider = await open('versioned', (call, body) => {
      const [, id, verb] = /^POST \/plans\/(\w+)\/(publish|archive)$/.exec(call) ?? [];
      if (id) {
        const plan = versions.find(known => known.id === id);
        if (!plan) return [404, {}];
        plan.status = verb === 'publish' ? 'active' : 'archived';
        return [200, plan];
      }
      if (call === 'POST /plans') {
        if (latest(String(body.key))?.status === 'draft') return [400, { detail: 'only a single draft version' }];
        versions.push({ ...body, id: `01H${versions.length}`, version: versions.length + 1, status: 'draft' });
        return [201, versions.at(-1)];
      }
      const plan = latest(/^GET \/plans\/(\w+)\?includeLatest=true$/.exec(call)?.[1]);
      return plan ? [200, plan] : [404, {}];
    });
    const key = 'Gold-b4n';
    assert.deepEqual(await provider.ensureOffer(anOffer({ key })), {
      key,
      remoteId: '01H0',
      state: 'draft',
      version: '1',
    });
    assert.equal((await provider.publishOffer(key)).state, 'active');
    await provider.ensureOffer(anOffer({ key }));
    await assert.rejects(provider.ensureOffer(anOffer({ key, name: 'X' })), failsWith('BILLING_OFFER_DIFFERS'));
    assert.equal((await provider.retireOffer(key)).state, 'retired');
    assert.deepEqual(
      versions.map(plan => [plan.key, plan.status, plan.phases]),
      [['gold_b4n', 'archived', [{ key: 'default', name: 'Default', duration: null, rateCards: [] }]]],
    );
    assert.equal(provider.listOffers, null);
  });

  describe('of a catalogue that takes forms', () => {
    /** Products by id, and meter events by identifier. */
    const products = new Map<string, { id: string; name: string | null; active: boolean; metadata: Json }>();
    const events = new Map<string, Json>();
    beforeEach(() => {
      for (const kept of [products, events]) kept.clear();
    });
    const api: Api = (call, _body, { headers, text }) => {
      const [method = '', address = ''] = call.split(' ');
      const url = new URL(address, 'http://billing.example');
      const form = new URLSearchParams(text);
      if (method === 'POST' && headers['content-type'] !== 'application/x-www-form-urlencoded')
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
        ...{ id: made, name: form.get('name'), active: true },
        metadata: { wap: form.get('metadata[wap]') },
      });
      return [200, products.get(made)];
    };

    it('make a plan once, find it, take it away, and tell another name', async () => {
      const provider = await open('form', api);
      await provider.check();
      const wanted = anOffer();
      const made = await provider.ensureOffer(wanted);
      assert.deepEqual(await provider.ensureOffer(wanted), made);
      assert.equal(products.size, 1);
      await assert.rejects(provider.ensureOffer({ ...wanted, name: 'Other' }), failsWith('BILLING_OFFER_DIFFERS'));
      assert.equal((await provider.retireOffer(wanted.key)).state, 'retired');
      assert.equal((await provider.publishOffer(wanted.key)).state, 'active');
    });

    it('keep a key of 300 characters, and list page by page', async () => {
      const provider = await open('form', api);
      const keys = ['x'.repeat(300), 'gold', 'silver'];
      for (const key of keys) await provider.ensureOffer(anOffer({ key }));
      assert.deepEqual(
        (await provider.listOffers?.())?.map(({ key }) => key),
        keys,
      );
      assert.ok([...products.keys()].every(id => id.length <= 64));
      assert.equal((await provider.offerState('x'.repeat(300))).state, 'active');
    });

    it('send usage to the customer, its quantity digit by digit', async () => {
      await open('form', api);
      const item = { ...anItem('u-1'), subscription: 'cus_1', quantity: '0.123456789012' };
      assert.deepEqual(await billing?.connection.usage.send([item]), [{ outcome: 'delivered' }]);
      const sent = events.get('u-1');
      assert.deepEqual(
        [sent?.['payload[value]'], sent?.['payload[stripe_customer_id]'], sent?.timestamp],
        [item.quantity, 'cus_1', '1772359200'],
      );
    });
  });
});
