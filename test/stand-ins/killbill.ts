import {
  add,
  type Billed,
  type Json,
  type StandInAnswer,
  type StandInCall,
  type SystemModel,
  type SystemUnderTest,
  type Terms,
} from './system';

const refused = (code: number, message: string): StandInAnswer => [
  400,
  { className: 'org.killbill.billing.catalog.api.CatalogApiException', code, message },
];
const ncName = /^[\p{L}_][\p{L}\p{N}._-]*$/u;

/** As version 0.22.26 answered: an empty list for a fresh tenant, a catalogue that is poisoned by a refused plan, quantities as
 *  texts of whole numbers, an unknown unit taken and never billed, 201 without a body. */
class KillBillModel implements SystemModel {
  readonly #plans = new Map<string, Json>();
  readonly #accounts = new Map<string, string>();
  readonly #subscriptions = new Map<string, Json>();
  readonly #usage = new Map<string, { subscription: string; unit: string; amount: string }>();
  /** As an operator uploads them in a catalogue of XML. */
  readonly #units = ['cpu', 'ram', 'sql-databases'];
  #isPoisoned = false;
  #last = 0;

  answer(call: StandInCall): StandInAnswer {
    const { method, path, query, body, headers } = call;
    const isKnown = headers['x-killbill-apikey'] === 'tenant' && headers['x-killbill-apisecret'] === 'kb-secret';
    if (headers.authorization !== `Basic ${Buffer.from('admin:password').toString('base64')}` || !isKnown)
      return [401, undefined, { 'Content-Type': 'text/html' }];
    if (method !== 'GET' && headers['x-killbill-createdby'] === undefined) return refused(0, 'CreatedBy is missing');
    const [first, second, third] = path;
    if (first === 'catalog' && second === 'versions') return [200, []];
    if (first === 'catalog' && second === 'simplePlan') return this.#simplePlan(body);
    if (first === 'catalog') return [200, this.#catalog()];
    if (first === 'accounts') return this.#account(method, query, body);
    if (first === 'usages') return this.#record(body);
    if (first === 'subscriptions') return this.#subscription(method, second, third, query, body);
    return [404];
  }

  #simplePlan(body: Json): StandInAnswer {
    const { planId, productName, amount } = body;
    const isRefused = !ncName.test(String(planId)) || !ncName.test(String(productName)) || planId === productName;
    if (isRefused) this.#isPoisoned = true;
    if (this.#isPoisoned) return refused(2080, 'Invalid catalog for tenant');
    const known = this.#plans.get(String(planId));
    if (known && known.amount !== amount) return refused(2060, 'Failed to validate plan');
    this.#plans.set(String(planId), body);
    return [201];
  }

  #catalog(): Json[] {
    if (this.#plans.size === 0) return [];
    const products = [...this.#plans.values()].map(({ planId, productName, amount, currency, billingPeriod }) => ({
      ...{ type: 'BASE', name: productName },
      plans: [{ name: planId, billingPeriod, phases: [{ prices: [{ currency, value: amount }], usages: [] }] }],
    }));
    return [{ name: 'DEFAULT', units: this.#units.map(name => ({ name })), products }];
  }

  #account(method: string, query: URLSearchParams, body: Json): StandInAnswer {
    if (method === 'GET') {
      const id = this.#accounts.get(query.get('externalKey') ?? '');
      return id ? [200, { accountId: id, externalKey: query.get('externalKey') }] : [404, { code: 3001 }];
    }
    const key = String(body.externalKey);
    if (this.#accounts.has(key)) return [409, { code: 3000, message: 'Account already exists' }];
    const id = this.#id();
    this.#accounts.set(key, id);
    return [201, undefined, { Location: `http://stand-in/1.0/kb/accounts/${id}` }];
  }

  #subscription(
    method: string,
    id: string | undefined,
    verb: string | undefined,
    query: URLSearchParams,
    body: Json,
  ): StandInAnswer {
    if (method === 'GET') {
      const found = this.#subscriptions.get(query.get('externalKey') ?? '');
      return found ? [200, found] : [404, { code: 1000, message: 'not found' }];
    }
    const isPlan = this.#plans.has(String(body.planName));
    if (id === undefined) {
      if (!isPlan) return refused(2021, `Could not find any plans named '${body.planName}'`);
      const key = String(body.externalKey);
      if (this.#subscriptions.has(key)) return refused(1065, 'Bundle already exists');
      const made = { ...body, subscriptionId: this.#id(), state: 'ACTIVE' };
      this.#subscriptions.set(key, made);
      return [201, undefined, { Location: `http://stand-in/1.0/kb/subscriptions/${made.subscriptionId}` }];
    }
    const found = [...this.#subscriptions.values()].find(({ subscriptionId }) => subscriptionId === id);
    if (!found) return [404];
    if (verb === 'block') found.state = body.isBlockBilling === true ? 'BLOCKED' : 'ACTIVE';
    else if (method === 'DELETE') found.state = 'CANCELLED';
    else if (!isPlan) return refused(2021, 'no such plan');
    else found.planName = body.planName;
    return [204];
  }

  #record(body: Json): StandInAnswer {
    const subscription = [...this.#subscriptions.values()].find(each => each.subscriptionId === body.subscriptionId);
    if (!subscription) return [404];
    const mark = `${body.subscriptionId} ${body.trackingId}`;
    if (String(body.trackingId).length > 128) return [500];
    if (this.#usage.has(mark)) return refused(50000, 'Usage already recorded');
    const [unit] = body.unitUsageRecords as Array<{ unitType: string; usageRecords: Array<{ amount: unknown }> }>;
    const amount = unit?.usageRecords[0]?.amount;
    if (typeof amount === 'string' && !/^-?\d+$/.test(amount)) return refused(0, 'no long value');
    this.#usage.set(mark, {
      subscription: String(subscription.externalKey),
      unit: unit?.unitType ?? '',
      amount: typeof amount === 'number' ? String(Math.trunc(amount)) : String(amount),
    });
    return [201];
  }

  #id(): string {
    this.#last += 1;
    return `00000000-0000-4000-8000-${String(this.#last).padStart(12, '0')}`;
  }

  offers(): Record<string, Terms> {
    return Object.fromEntries(
      [...this.#plans].map(([id, { amount }]) => [id.slice(2), { state: 'active', price: Number(amount), rates: {} }]),
    );
  }

  subscriptions() {
    const live = [...this.#subscriptions].filter(([, { state }]) => state !== 'CANCELLED');
    return Object.fromEntries(
      live.map(([key, { planName, state }]) => [
        key,
        { offer: String(planName).slice(2), paused: state === 'BLOCKED' },
      ]),
    );
  }

  billed() {
    const billed: Billed = {};
    for (const { subscription, unit, amount } of this.#usage.values()) {
      if (!this.#units.includes(unit)) continue;
      add(billed, subscription, unit, amount);
    }
    return billed;
  }

  doubles(): string[] {
    return [];
  }
}

export const killbill: SystemUnderTest = {
  name: 'killbill',
  base: '/1.0/kb',
  settings: {
    provider: 'killbill',
    auth: { kind: 'basic', user: 'admin', password: 'password' },
    options: { apiKey: 'tenant' },
    secondSecret: 'kb-secret',
  },
  model: () => new KillBillModel(),
};
