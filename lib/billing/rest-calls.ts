import { shapeOf } from '../errors';
import type { HttpAnswer, HttpClient } from '../http';
import { isSameId } from '../ids';
import { inputInvalid } from './expression';
import { encodePart } from './placeholders';
import type { BillingCall, OfferRef } from './port';
import { readOffer, unreadable } from './rest-answer';
import type { Compiled, CreateOperation, ListOperation, Operation } from './rest-compile';

/** What the expressions of a request see. */
export type RequestData = Record<string, unknown>;

export interface CallOptions {
  subject: string;
  /** The call may be made again after a lost answer. */
  repeatable: boolean;
  headers?: Record<string, string>;
  accept?: (status: number) => boolean;
  read?: 'json' | 'text';
  signal?: AbortSignal | undefined;
}

/** An offer, and the JSON it was read from. */
export interface Found {
  offer: OfferRef;
  body: unknown;
}

/** Pages after which a list is taken for one that never ends. */
export const mostPages = 10_000;

/** The templates, joined with the HTTP client: each operation as one call. */
export class RestCalls {
  constructor(
    private readonly http: HttpClient,
    readonly compiled: Compiled,
    private readonly target: string,
  ) {}

  async send(operation: Operation, data: RequestData, options: CallOptions): Promise<HttpAnswer> {
    const request = await operation.request({ ...data, target: this.target });
    const { signal, headers, ...rest } = options;
    return this.http.call({
      ...request,
      ...rest,
      headers: { ...request.headers, ...headers },
      ...(signal ? { signal } : {}),
    });
  }

  /** The offer in an answer, or `null`. */
  toOffer(operation: Operation, answer: HttpAnswer, data: RequestData): Promise<OfferRef | null> {
    return readOffer(answer.body, { operation, states: this.compiled.states, request: data, status: answer.status });
  }

  /** The offer that the answer to a create speaks of: the one made, or the one that was in the way. */
  async toldBy(create: CreateOperation, answer: HttpAnswer, data: RequestData): Promise<Found | null> {
    const exists = create.exists.has(answer.status);
    const body = exists ? await create.existing?.(answer.body) : answer.body;
    if (exists && (body === undefined || body === null)) return null;
    const offer = await this.toOffer(create, { ...answer, body }, data);
    return offer && { offer, body };
  }

  /** The offer with this key and the answer it was read from; `null` when billing does not show one. */
  async find(key: string, { signal }: BillingCall = {}): Promise<Found | null> {
    checkKey(key);
    const { read } = this.compiled;
    const data = { key };
    const accept = (status: number) => status === 404;
    const answer = await this.send(read, data, { subject: `offer ${key}`, repeatable: true, accept, signal });
    const offer = answer.status === 404 ? null : await this.toOffer(read, answer, data);
    if (!offer || offer.state === 'absent') return null;
    // A server that ignores a filter it does not know answers with some other offer.
    if (!isSameId(offer.key, key)) throw unreadable(`${read.field}.answer`, 'speaks of an offer with another key');
    return { offer, body: answer.body };
  }

  /** All offers, page after page. */
  async list(list: ListOperation, { signal }: BillingCall = {}): Promise<OfferRef[]> {
    const offers = new Map<string, OfferRef>();
    let page: unknown = list.firstPage;
    let last = '';
    for (let pages = 1; pages <= mostPages; pages++) {
      const data = { page, pageSize: list.pageSize };
      const answer = await this.send(list, data, { subject: 'the list of offers', repeatable: true, signal });
      const items = await itemsOf(list, answer.body);
      // The same page again ends the list too: that server does not know our page parameter.
      const same = JSON.stringify(items);
      if (same === last) return [...offers.values()];
      last = same;
      for (const item of items) keep(offers, await this.toOffer(list, { ...answer, body: item }, data));
      page = await nextPage(list, page, items.length, answer.body);
      if (page === null) return [...offers.values()];
    }
    throw unreadable(`${list.field}.next`, `gave more than ${mostPages} pages`);
  }
}

/** @throws INPUT_INVALID for what no address and no header can carry. */
function checkKey(key: unknown): void {
  const remedy = "Give the offer's key, usually the id of the plan.";
  if (typeof key !== 'string' || key === '') throw inputInvalid('key', `is ${shapeOf(key)}`, remedy);
  try {
    encodePart(key);
  } catch {
    throw inputInvalid('key', 'is a text that is not valid Unicode', remedy);
  }
}

export async function itemsOf(list: ListOperation, body: unknown): Promise<unknown[]> {
  const items = await list.items(body);
  if (items === undefined || items === null) return [];
  if (Array.isArray(items)) return items;
  // JSONata gives a list of one as its only member.
  if (typeof items === 'object') return [items];
  throw unreadable(`${list.field}.items`, `gave ${shapeOf(items)}, not a list`);
}

export async function nextPage(list: ListOperation, page: unknown, count: number, body: unknown): Promise<unknown> {
  if (list.next) {
    const next = await list.next(body, { page, count, pageSize: list.pageSize });
    return next === undefined || next === '' || next === false ? null : next;
  }
  if (list.pageSize === null || count < list.pageSize || typeof page !== 'number') return null;
  return page + 1;
}

/** Of several versions of one key the one that can be sold counts. */
function keep(offers: Map<string, OfferRef>, offer: OfferRef | null): void {
  if (!offer) return;
  const rank = { absent: 0, retired: 1, draft: 2, active: 3 };
  const known = offers.get(offer.key);
  if (!known || rank[offer.state] > rank[known.state]) offers.set(offer.key, offer);
}
