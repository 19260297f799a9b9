import { type AdapterError, shapeOf } from '../../errors';
import type { HttpAnswer, HttpClient } from '../../http/types';
import { isSameId } from '../../ids';
import { wordsOf } from '../peer-says';
import type { BillingCall, OfferRef } from '../port';
import type { AnswerTest } from './answer-test';
import type { Compiled, CreateOperation, ListOperation, Operation, ReadOperation, Request } from './compile';
import { inputInvalid } from './expression';
import { pagesOf } from './pages';
import { encodePart } from './placeholders';
import { readOffer, unreadable } from './read-offer';
import { checkSuccess, jsonOf, nothingFound, refusal } from './success';

/** What the expressions of a request see. */
export type RequestData = Record<string, unknown>;

export interface CallOptions {
  subject: string;
  /** Safe to send again when the answer was lost. */
  repeatable: boolean;
  headers?: Record<string, string>;
  /** What an answer may mean besides success; the answer then says so in `holds`. */
  test?: AnswerTest;
  /** Statuses from 400 on that are handed on like a success. */
  accept?: (status: number) => boolean;
  /** Nothing of the answer is read, so it counts as a success only when it does not look like an error. */
  unread?: boolean;
  signal?: AbortSignal | undefined;
}

export interface Told extends HttpAnswer {
  /** The test of the call is fulfilled. */
  holds: boolean;
}

/** An offer, and the JSON it was read from. */
export interface Found {
  offer: OfferRef;
  body: unknown;
}

/** The templates, joined with the HTTP client: each operation as one call. */
export class RestCalls {
  constructor(
    private readonly http: HttpClient,
    readonly compiled: Compiled,
    private readonly target: string,
  ) {}

  /** @throws BILLING_BAD_RESPONSE with billing's words, for an error inside a success */
  async send(operation: Operation, data: RequestData, options: CallOptions): Promise<Told> {
    const request = await operation.request({ ...data, target: this.target });
    const { test, accept, unread, signal, headers, ...rest } = options;
    // Where a template tells errors, the answer may be any text.
    const isText = unread === true && operation.error !== null;
    const answer = await this.http.call({
      ...request,
      ...rest,
      headers: { ...request.headers, ...headers },
      ...(isText ? { read: 'text' } : {}),
      accept: status => test?.mayHold(status) === true || accept?.(status) === true,
      ...(signal ? { signal } : {}),
    });
    const about = { operation, request, data, ...rest };
    const { status } = answer;
    const body = isText ? jsonOf(answer, about) : answer.body;
    if (test?.mayHold(status) && (await test.holds({ status, body, request: data })))
      return { ...answer, body, holds: true };
    if (status >= 400 && !accept?.(status)) throw refusal({ ...answer, body }, about);
    if (status < 400) await checkSuccess({ ...answer, body }, about, unread === true);
    return { ...answer, body, holds: false };
  }

  /** Asks for one thing: what `take` finds in the answer, or `null` when billing says that there is none.
   *  @throws BILLING_BAD_RESPONSE when the answer says neither */
  async lookUp<T>(
    operation: ReadOperation,
    data: RequestData,
    { subject, signal }: { subject: string; signal: AbortSignal | undefined },
    take: (answer: HttpAnswer) => Promise<T | null>,
  ): Promise<{ found: T; body: unknown } | null> {
    const answer = await this.send(operation, data, { subject, repeatable: true, test: operation.absent, signal });
    if (answer.holds) return null;
    const found = await take(answer);
    if (found !== null) return { found, body: answer.body };
    return nothingFound(`${operation.field}.answer`, answer.body);
  }

  /** The offer in an answer, or `null`. */
  toOffer(operation: Operation, answer: HttpAnswer, data: RequestData): Promise<OfferRef | null> {
    return readOffer(answer.body, { operation, states: this.compiled.states, request: data, status: answer.status });
  }

  /** The offer that the answer to a create speaks of: the one made, or the one that was in the way. */
  async toldBy(create: CreateOperation, answer: Told, data: RequestData): Promise<Found | null> {
    const body = answer.holds ? await create.existing?.(answer.body) : answer.body;
    if (body === undefined || body === null) return null;
    const offer = await this.toOffer(create, { ...answer, body }, data);
    if (offer && !isSameId(offer.key, String(data.key))) throw otherKey(create, answer.body);
    return offer && { offer, body };
  }

  /** The offer with this key and the answer it was read from; `null` when billing does not show one. */
  async find(key: string, { signal }: BillingCall = {}): Promise<Found | null> {
    checkKey(key);
    const { read } = this.compiled;
    const data = { key };
    const told = await this.lookUp(read, data, { subject: `offer ${key}`, signal }, answer =>
      this.toOffer(read, answer, data),
    );
    if (!told || told.found.state === 'absent') return null;
    // A server that ignores a filter it does not know answers with some other offer.
    if (!isSameId(told.found.key, key)) throw otherKey(read, told.body);
    return { offer: told.found, body: told.body };
  }

  /** All offers, page after page. */
  async list(list: ListOperation, call: BillingCall = {}): Promise<OfferRef[]> {
    const offers = new Map<string, OfferRef>();
    for await (const { items, answer, data } of pagesOf(this, list, 'the list of offers', call))
      for (const item of items) keep(offers, await this.toOffer(list, { ...answer, body: item }, data));
    return [...offers.values()];
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

function otherKey({ field }: Operation, body: unknown): AdapterError {
  return unreadable(`${field}.answer`, 'speaks of an offer with another key', wordsOf(body));
}

/** Of several versions of one key the one that can be sold counts. */
function keep(offers: Map<string, OfferRef>, offer: OfferRef | null): void {
  if (!offer) return;
  const rank = { absent: 0, retired: 1, draft: 2, active: 3 };
  const known = offers.get(offer.key);
  if (!known || rank[offer.state] > rank[known.state]) offers.set(offer.key, offer);
}

/** One call that was made, for messages. */
export interface CallMade {
  operation: Operation;
  request: Request;
  data: RequestData;
  subject: string;
  repeatable: boolean;
}
