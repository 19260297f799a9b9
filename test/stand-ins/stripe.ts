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

interface Priced {
  id: string;
  product: string;
  lookup_key: string;
  unit_amount_decimal: string;
  recurring: { interval: string; usage_type: string; meter?: string };
}

const refused = (message: string, code = 'parameter_invalid'): StandInAnswer => [
  400,
  { error: { type: 'invalid_request_error', code, message } },
];
const missing: StandInAnswer = [404, { error: { type: 'invalid_request_error', code: 'resource_missing' } }];

/** Forms only; ids of its own but for products; a lookup key and an event name once; every change remembered by its idempotency key;
 *  one identifier of usage counts once. */
class StripeModel implements SystemModel {
  readonly #products = new Map<string, Json & { metadata: Json }>();
  readonly #meters: Array<{ id: string; event_name: string }> = [];
  readonly #prices: Priced[] = [];
  readonly #customers: Array<Json & { id: string; metadata: Json }> = [];
  readonly #subscriptions: Array<Json & { id: string; customer: string; metadata: Json; items: { data: Json[] } }> = [];
  readonly #events = new Map<string, { meter: string; customer: string; value: string }>();
  readonly #remembered = new Map<string, StandInAnswer>();
  #last = 0;

  answer(call: StandInCall): StandInAnswer {
    if (call.headers.authorization !== 'Bearer sk_test') return [401, { error: { message: 'Invalid API Key' } }];
    if (call.method === 'POST' && call.text !== '' && !String(call.headers['content-type']).includes('form'))
      return refused('Invalid request (check that your POST content type is application/x-www-form-urlencoded)');
    const key = call.headers['idempotency-key'];
    const known = typeof key === 'string' ? this.#remembered.get(key) : undefined;
    if (known) return known;
    const answer = this.#answer(call);
    if (typeof key === 'string' && answer[0] < 300) this.#remembered.set(key, answer);
    return answer;
  }

  #answer({ method, path, query, body }: StandInCall): StandInAnswer {
    const [first, second, third] = path;
    if (first === 'products') return this.#product(method, second, body, query);
    if (first === 'prices') return this.#price(method, query, body);
    if (first === 'customers') {
      if (second === 'search') return this.#search(this.#customers, query);
      const made = { ...body, id: this.#id('cus'), metadata: (body.metadata ?? {}) as Json };
      this.#customers.push(made);
      return [200, made];
    }
    if (first === 'billing' && second === 'meters') return this.#meter(method, query, body);
    if (first === 'billing' && second === 'meter_events') return this.#event(body);
    if (first === 'subscriptions') return this.#subscription(method, second, third, query, body);
    return missing;
  }

  #product(method: string, id: string | undefined, body: Json, query: URLSearchParams): StandInAnswer {
    if (method === 'GET' && id === undefined) return this.#page([...this.#products.values()], query);
    if (id === undefined) {
      const own = String(body.id);
      if (this.#products.has(own)) return refused('Product already exists.', 'resource_already_exists');
      const made = { ...body, id: own, active: body.active !== 'false', metadata: (body.metadata ?? {}) as Json };
      this.#products.set(own, made);
      return [200, made];
    }
    const product = this.#products.get(id);
    if (!product) return missing;
    const { metadata, active, ...rest } = body;
    if (method === 'POST') Object.assign(product, rest, active === undefined ? {} : { active: active === 'true' });
    Object.assign(product.metadata, metadata);
    return [200, product];
  }

  #price(method: string, query: URLSearchParams, body: Json): StandInAnswer {
    if (method === 'GET')
      return [
        200,
        { data: this.#prices.filter(price => price.lookup_key === query.get('lookup_keys[]')), has_more: false },
      ];
    const price = body as unknown as Priced;
    if (this.#prices.some(({ lookup_key }) => lookup_key === price.lookup_key)) return refused('lookup_key is taken');
    if (!this.#products.has(price.product)) return refused('No such product');
    if (!/^\d+(\.\d{1,12})?$/.test(price.unit_amount_decimal)) return refused('Invalid decimal');
    const made = { ...price, id: this.#id('price') };
    this.#prices.push(made);
    return [200, made];
  }

  #meter(method: string, query: URLSearchParams, body: Json): StandInAnswer {
    if (method === 'GET') return this.#page(this.#meters, query);
    const name = String(body.event_name);
    if (this.#meters.some(({ event_name }) => event_name === name)) return refused('a meter has this event name');
    const made = { id: this.#id('mtr'), event_name: name };
    this.#meters.push(made);
    return [200, made];
  }

  #event(body: Json): StandInAnswer {
    const { stripe_customer_id: customer, value } = body.payload as Json;
    const identifier = String(body.identifier);
    if (identifier.length > 100) return refused('identifier is too long');
    // Taken whether or not the meter is there: a webhook says so later.
    if (!this.#events.has(identifier))
      this.#events.set(identifier, {
        meter: String(body.event_name),
        customer: String(customer),
        value: String(value),
      });
    return [200, { object: 'billing.meter_event', identifier }];
  }

  #subscription(
    method: string,
    id: string | undefined,
    _verb: string | undefined,
    query: URLSearchParams,
    body: Json,
  ): StandInAnswer {
    if (id === 'search') return this.#search(this.#subscriptions, query);
    if (method === 'GET') return this.#page(this.#subscriptions, query);
    if (id === undefined) {
      const items = this.#items(body.items);
      if (!items || items.length === 0) return refused('No such price, or no items');
      if (!this.#customers.some(customer => customer.id === body.customer)) return refused('No such customer');
      const made = {
        ...{ id: this.#id('sub'), status: 'active', pause_collection: null, customer: String(body.customer) },
        ...{ metadata: body.metadata as Json, items: { data: items } },
      };
      this.#subscriptions.push(made);
      return [200, made];
    }
    const subscription = this.#subscriptions.find(each => each.id === id);
    if (!subscription) return missing;
    if (method === 'DELETE') subscription.status = 'canceled';
    if (body.pause_collection !== undefined)
      subscription.pause_collection = body.pause_collection === '' ? null : body.pause_collection;
    Object.assign(subscription.metadata, body.metadata);
    if (body.items) {
      const all = Object.values(body.items as Json) as Json[];
      const gone = new Set(all.filter(item => item.deleted === 'true').map(item => item.id));
      const added = this.#items(all.filter(item => item.deleted !== 'true'));
      if (!added) return refused('No such price');
      subscription.items.data = [...subscription.items.data.filter(item => !gone.has(item.id)), ...added];
    }
    return [200, subscription];
  }

  #items(given: unknown): Json[] | null {
    const items = (Object.values((given ?? {}) as Json) as Json[]).map(({ price }) => ({ id: this.#id('si'), price }));
    return items.every(({ price }) => this.#prices.some(({ id }) => id === price)) ? items : null;
  }

  #search(list: Array<{ metadata: Json }>, query: URLSearchParams): StandInAnswer {
    const wanted = /^metadata\['wap'\]:'(.*)'$/.exec(query.get('query') ?? '')?.[1];
    return [200, { data: list.filter(({ metadata }) => metadata.wap === wanted), has_more: false }];
  }

  /** Two on a page, so that paging is used. */
  #page(list: Json[] | Array<{ id: string }>, query: URLSearchParams): StandInAnswer {
    const from = list.findIndex(each => each.id === query.get('starting_after')) + 1;
    return [200, { data: list.slice(from, from + 2), has_more: from + 2 < list.length }];
  }

  #id(kind: string): string {
    this.#last += 1;
    return `${kind}_${this.#last}`;
  }

  #pricesOf(product: Json & { metadata: Json }): Priced[] {
    const ids = Object.entries(product.metadata).flatMap(([name, id]) => (name.startsWith('wap_price_') ? [id] : []));
    return this.#prices.filter(({ id }) => ids.includes(id));
  }

  offers(): Record<string, Terms> {
    const offers = [...this.#products.values()].filter(({ metadata }) => metadata.wap !== undefined);
    return Object.fromEntries(
      offers.map(product => {
        const prices = this.#pricesOf(product);
        const amount = (price: Priced) => Number(price.unit_amount_decimal) / 100;
        const meterOf = ({ recurring }: Priced) =>
          this.#meters.find(({ id }) => id === recurring.meter)?.event_name ?? '';
        const { wap, wap_state } = product.metadata;
        return [
          String(wap),
          {
            state: product.active ? 'active' : wap_state === 'draft' ? 'draft' : 'retired',
            price: prices
              .filter(({ recurring }) => recurring.usage_type === 'licensed')
              .reduce((sum, p) => sum + amount(p), 0),
            rates: Object.fromEntries(
              prices.filter(({ recurring }) => recurring.usage_type === 'metered').map(p => [meterOf(p), amount(p)]),
            ),
          } satisfies Terms,
        ];
      }),
    );
  }

  subscriptions() {
    const live = this.#subscriptions.filter(({ status }) => status === 'active');
    return Object.fromEntries(
      live.map(({ metadata, items, pause_collection }) => {
        const { product } = this.#prices.find(({ id }) => id === items.data[0]?.price) ?? { product: '' };
        const offer = this.#products.get(product)?.metadata.wap;
        return [String(metadata.wap), { offer: String(offer), paused: pause_collection !== null }];
      }),
    );
  }

  billed() {
    const billed: Billed = {};
    for (const { meter, customer, value } of this.#events.values()) {
      if (!this.#meters.some(({ event_name }) => event_name === meter)) continue;
      add(billed, String(this.#customers.find(({ id }) => id === customer)?.metadata.wap), meter, value);
    }
    return billed;
  }

  doubles(): string[] {
    const live = this.#subscriptions.filter(({ status }) => status === 'active');
    const marks = [...this.#customers, ...live].map(({ id, metadata }) => `${id.split('_')[0]} ${metadata.wap}`);
    const used = [...this.#products.values()].flatMap(product => this.#pricesOf(product));
    const prices = used.map(({ product, recurring }) => `price ${product} ${recurring.meter}`);
    return [...marks, ...prices].filter((mark, index, all) => all.indexOf(mark) !== index);
  }
}

export const stripe: SystemUnderTest = {
  name: 'stripe',
  base: '/v1',
  settings: { provider: 'stripe', auth: { kind: 'bearer', token: 'sk_test' } },
  model: () => new StripeModel(),
};
