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

const refused = (error_details: Json): StandInAnswer => [
  422,
  { status: 422, error: 'Unprocessable Entity', code: 'validation_errors', error_details },
];
const taken = (field: string) => refused({ [field]: ['value_already_exist'] });
const notFound = (what: string): StandInAnswer => [404, { status: 404, error: 'Not Found', code: `${what}_not_found` }];

/** A code once; a batch of events all or nothing, refused by their places; an unknown metric is taken and never billed; a
 *  subscription of the same external id changes its plan. */
class LagoModel implements SystemModel {
  readonly #metrics = new Map<string, Json>();
  readonly #plans = new Map<string, Json>();
  readonly #retired: Array<[string, Json]> = [];
  readonly #customers = new Map<string, Json>();
  readonly #subscriptions = new Map<string, Json>();
  readonly #events = new Map<string, Json>();
  #last = 0;

  answer(call: StandInCall): StandInAnswer {
    const { method, path, query, body } = call;
    if (call.headers.authorization !== 'Bearer lago') return [401, { status: 401, error: 'Unauthorized' }];
    const [first, id = ''] = path;
    if (first === 'billable_metrics') return this.#one('billable_metric', this.#metrics, 'code', method, id, body);
    if (first === 'customers') {
      const sent = body.customer as Json | undefined;
      if (sent) this.#customers.set(String(sent.external_id), { ...sent, lago_id: this.#id() });
      const found = this.#customers.get(sent ? String(sent.external_id) : id);
      return found ? [200, { customer: found }] : notFound('customer');
    }
    if (first === 'plans') return this.#plan(method, id, query, body);
    if (first === 'subscriptions') return this.#subscription(method, id, query, body);
    if (first === 'events' && id === 'batch') return this.#batch(body.events as Json[]);
    return notFound('route');
  }

  #one(name: string, list: Map<string, Json>, key: string, method: string, id: string, body: Json): StandInAnswer {
    if (method === 'GET') {
      const found = list.get(id);
      return found ? [200, { [name]: found }] : notFound(name);
    }
    const sent = body[name] as Json;
    const own = String(sent[key]);
    if (list.has(own)) return taken(key);
    const made = { ...sent, lago_id: this.#id() };
    list.set(own, made);
    return [200, { [name]: made }];
  }

  #plan(method: string, id: string, query: URLSearchParams, body: Json): StandInAnswer {
    if (method === 'GET' && id === '') return page('plans', [...this.#plans.values()], query);
    if (method === 'DELETE') {
      const found = this.#plans.get(id);
      if (!found) return notFound('plan');
      this.#plans.delete(id);
      this.#retired.push([id, found]);
      return [200, { plan: found }];
    }
    if (method === 'POST') {
      const charges = ((body.plan as Json).charges ?? []) as Json[];
      const metric = (charge: Json) =>
        [...this.#metrics.values()].find(({ lago_id }) => lago_id === charge.billable_metric_id);
      if (!charges.every(metric)) return notFound('billable_metrics');
      if (!Number.isInteger((body.plan as Json).amount_cents)) return refused({ amount_cents: ['value_is_invalid'] });
      const shown = charges.map(charge => ({ ...charge, billable_metric_code: metric(charge)?.code }));
      return this.#one('plan', this.#plans, 'code', method, id, { plan: { ...(body.plan as Json), charges: shown } });
    }
    return this.#one('plan', this.#plans, 'code', method, id, body);
  }

  #subscription(method: string, id: string, query: URLSearchParams, body: Json): StandInAnswer {
    if (method === 'POST') {
      const sent = body.subscription as Json;
      if (!this.#plans.has(String(sent.plan_code))) return notFound('plan');
      if (!this.#customers.has(String(sent.external_customer_id))) return notFound('customer');
      const key = String(sent.external_id);
      const made = { lago_id: this.#id(), ...this.#subscriptions.get(key), ...sent, status: 'active' };
      this.#subscriptions.set(key, made);
      return [200, { subscription: made }];
    }
    const live = [...this.#subscriptions.values()].filter(({ status }) => status === 'active');
    if (method === 'GET' && id === '') return page('subscriptions', live, query);
    const found = live.find(({ external_id }) => external_id === id);
    if (!found) return notFound('subscription');
    if (method === 'DELETE') found.status = 'terminated';
    return [200, { subscription: found }];
  }

  #batch(events: Json[]): StandInAnswer {
    if (events.length > 100) return refused({ events: ['too_many_events'] });
    const wrong = events.flatMap((event, index): Array<[number, Json]> => {
      if (this.#events.has(mark(event))) return [[index, { transaction_id: ['value_already_exist'] }]];
      const subscription = this.#subscriptions.get(String(event.external_subscription_id));
      return subscription ? [] : [[index, { external_subscription_id: ['subscription_not_found'] }]];
    });
    if (wrong.length > 0) return refused(Object.fromEntries(wrong));
    for (const event of events) this.#events.set(mark(event), event);
    return [200, { events }];
  }

  #id(): string {
    this.#last += 1;
    return `lago-${this.#last}`;
  }

  offers(): Record<string, Terms> {
    const terms = ({ amount_cents, charges }: Json, state: Terms['state']): Terms => ({
      state,
      price: Number(amount_cents) / 100,
      rates: Object.fromEntries(
        (charges as Json[]).map(({ billable_metric_code, properties }) => [
          String(billable_metric_code),
          Number((properties as Json).amount),
        ]),
      ),
    });
    return Object.fromEntries([
      ...this.#retired.map(([key, plan]) => [key, terms(plan, 'retired')] as const),
      ...[...this.#plans].map(([key, plan]) => [key, terms(plan, 'active')] as const),
    ]);
  }

  subscriptions() {
    const live = [...this.#subscriptions.values()].filter(({ status }) => status === 'active');
    return Object.fromEntries(
      live.map(({ external_id, plan_code }) => [String(external_id), { offer: String(plan_code), paused: false }]),
    );
  }

  billed() {
    const billed: Billed = {};
    for (const { external_subscription_id, code, properties } of this.#events.values()) {
      if (!this.#metrics.has(String(code))) continue;
      add(billed, String(external_subscription_id), String(code), String((properties as Json).value));
    }
    return billed;
  }

  doubles(): string[] {
    return [];
  }
}

const mark = ({ external_subscription_id, transaction_id }: Json): string =>
  `${external_subscription_id} ${transaction_id}`;

/** Two on a page. */
function page(name: string, list: Json[], query: URLSearchParams): StandInAnswer {
  const number = Number(query.get('page') ?? 1);
  const next = number * 2 < list.length ? number + 1 : null;
  return [200, { [name]: list.slice(number * 2 - 2, number * 2), meta: { next_page: next } }];
}

export const lago: SystemUnderTest = {
  name: 'lago',
  base: '/api/v1',
  settings: { provider: 'lago', auth: { kind: 'bearer', token: 'lago' } },
  model: () => new LagoModel(),
};
