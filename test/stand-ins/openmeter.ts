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

interface Plan extends Json {
  id: string;
  key: string;
  version: number;
  status: 'draft' | 'active' | 'archived';
  metadata: Json;
  phases: Array<{ rateCards: Array<{ type: string; key: string; featureKey?: string; price: { amount: string } }> }>;
}
interface Subscription {
  id: string;
  customer: string;
  status: 'active' | 'canceled';
  name: string;
  metadata: Json;
  plan: { id: string; key: string };
}

const problem = (status: number, detail: string): StandInAnswer => [
  status,
  { type: 'about:blank', title: 'Problem', status, detail },
  { 'Content-Type': 'application/problem+json' },
];
const keyShape = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;

/** A known key makes another version, or is refused while there is a draft; a change of the plan gives the subscription a new id;
 *  events count once by source and id. */
class OpenMeterModel implements SystemModel {
  readonly #plans: Plan[] = [];
  readonly #meters: Json[] = [];
  readonly #features: Json[] = [];
  readonly #customers: Json[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #events = new Map<string, Json>();
  #last = 0;

  answer(call: StandInCall): StandInAnswer {
    const { method, path, query, body } = call;
    if (call.headers.authorization !== 'Bearer om') return problem(401, 'Unauthorized');
    const [first, id = '', verb] = path;
    if (first === 'meters') return this.#named(this.#meters, 'slug', method, id, body);
    if (first === 'features') return this.#feature(method, id, body);
    if (first === 'customers' && verb === 'subscriptions')
      return [200, { items: this.#subscriptions.filter(({ customer }) => customer === id).map(shown) }];
    if (first === 'customers') return this.#named(this.#customers, 'key', method, id, body);
    if (first === 'plans') return this.#plan(method, id, verb, query, body);
    if (first === 'subscriptions') return this.#subscription(id, verb, body);
    if (first === 'events') return this.#event(call);
    return problem(404, 'not found');
  }

  #named(list: Json[], field: string, method: string, id: string, body: Json): StandInAnswer {
    if (method === 'GET') {
      const found = list.find(each => each[field] === id);
      return found ? [200, found] : problem(404, 'not found');
    }
    if (field === 'slug' && !keyShape.test(String(body.slug))) return problem(400, 'slug does not match');
    if (list.some(each => each[field] === body[field])) return problem(409, 'exists already');
    list.push(body);
    return [201, body];
  }

  #feature(method: string, id: string, body: Json): StandInAnswer {
    if (method === 'POST' && !this.#meters.some(({ slug }) => slug === body.meterSlug))
      return problem(400, 'no such meter');
    return this.#named(this.#features, 'key', method, id, body);
  }

  #plan(method: string, id: string, verb: string | undefined, query: URLSearchParams, body: Json): StandInAnswer {
    const latest = (key: string) => this.#plans.filter(plan => plan.key === key).at(-1);
    if (method === 'GET' && id === '') {
      const [page, size] = [Number(query.get('page') ?? 1), 2];
      return [200, { items: this.#plans.slice((page - 1) * size, page * size), totalCount: this.#plans.length }];
    }
    if (method === 'GET') {
      const found = latest(id);
      return found ? [200, found] : problem(404, 'plan not found');
    }
    if (id === '') {
      const wanted = body as Plan;
      if (!keyShape.test(wanted.key) || wanted.key.length > 64) return problem(400, 'key does not match');
      const cards = wanted.phases[0]?.rateCards ?? [];
      if (cards.some(({ featureKey }) => featureKey && !this.#features.some(({ key }) => key === featureKey)))
        return problem(400, 'no such feature');
      const before = latest(wanted.key);
      if (before?.status === 'draft') return problem(400, 'only a single draft version is allowed for Plan');
      const made: Plan = { ...wanted, id: this.#id(), version: (before?.version ?? 0) + 1, status: 'draft' };
      this.#plans.push(made);
      return [201, made];
    }
    const plan = this.#plans.find(each => each.id === id);
    if (!plan) return problem(404, 'plan not found');
    plan.status = verb === 'publish' ? 'active' : 'archived';
    return [200, plan];
  }

  #subscription(id: string, verb: string | undefined, body: Json): StandInAnswer {
    const planOf = (given: unknown) =>
      this.#plans.find(({ key, status }) => key === (given as Json).key && status === 'active');
    const make = (customer: string): StandInAnswer | Subscription => {
      const plan = planOf(body.plan);
      if (!plan) return problem(404, 'no active plan with this key');
      const made: Subscription = {
        ...{ id: this.#id(), customer, status: 'active', name: String(body.name), metadata: body.metadata as Json },
        plan: { id: plan.id, key: plan.key },
      };
      this.#subscriptions.push(made);
      return made;
    };
    if (id === '') {
      if (!this.#customers.some(({ key }) => key === body.customerKey)) return problem(404, 'no such customer');
      if (this.#subscriptions.some(each => each.customer === body.customerKey && each.status === 'active'))
        return problem(409, 'only one subscription at a time');
      const made = make(String(body.customerKey));
      return Array.isArray(made) ? made : [201, shown(made)];
    }
    const current = this.#subscriptions.find(each => each.id === id);
    if (!current) return problem(404, 'no such subscription');
    if (verb === 'change') {
      const next = make(current.customer);
      if (Array.isArray(next)) return next;
      current.status = 'canceled';
      return [200, { current: shown(current), next: shown(next) }];
    }
    current.status = 'canceled';
    return [200, shown(current)];
  }

  #event({ headers, body }: StandInCall): StandInAnswer {
    if (headers['content-type'] !== 'application/cloudevents-batch+json')
      return problem(400, 'no batch of CloudEvents');
    for (const event of body.list as Json[]) {
      if (event.specversion !== '1.0' || !event.id || !event.source || !event.type || !event.subject)
        return problem(400, 'no CloudEvent');
      const mark = `${event.source} ${event.id}`;
      if (!this.#events.has(mark)) this.#events.set(mark, event);
    }
    return [204];
  }

  #id(): string {
    this.#last += 1;
    return `01J${String(this.#last).padStart(23, '0')}`;
  }

  offers(): Record<string, Terms> {
    const states = { draft: 'draft', active: 'active', archived: 'retired' } as const;
    return Object.fromEntries(
      this.#plans.map(({ metadata, status, phases }) => {
        const cards = phases[0]?.rateCards ?? [];
        const flat = cards.find(({ type }) => type === 'flat_fee');
        const rates = cards.flatMap(({ type, featureKey, price }) =>
          type === 'usage_based' ? [[String(featureKey), Number(price.amount)]] : [],
        );
        const price = Number(flat?.price.amount ?? 0);
        return [String(metadata.wap), { state: states[status], price, rates: Object.fromEntries(rates) }];
      }),
    );
  }

  subscriptions() {
    const live = this.#subscriptions.filter(({ status }) => status === 'active');
    return Object.fromEntries(
      live.map(({ customer, plan }) => {
        const offer = this.#plans.find(({ id }) => id === plan.id)?.metadata.wap;
        return [customer, { offer: String(offer), paused: false }];
      }),
    );
  }

  billed() {
    const billed: Billed = {};
    for (const { type, subject, data } of this.#events.values()) {
      const meter = this.#meters.find(({ eventType }) => eventType === type);
      if (!meter) continue;
      add(billed, String(subject), String(meter.slug), String((data as Json).value));
    }
    return billed;
  }

  doubles(): string[] {
    const keys = this.#plans.map(({ key }) => `plan ${key}`);
    const live = this.#subscriptions.filter(({ status }) => status === 'active').map(({ customer }) => customer);
    return [...keys, ...live].filter((mark, index, all) => all.indexOf(mark) !== index);
  }
}

const shown = ({ id, status, name, metadata, plan }: Subscription): Json => ({ id, status, name, metadata, plan });

export const openmeter: SystemUnderTest = {
  name: 'openmeter',
  base: '/api/v1',
  settings: { provider: 'openmeter', auth: { kind: 'bearer', token: 'om' } },
  model: () => new OpenMeterModel(),
};
