import { type AdapterError, shapeOf } from '../../errors';
import type { HttpAnswer } from '../../http/types';
import { isSameId } from '../../ids';
import { inputInvalid } from '../invalid';
import { wordsOf } from '../peer-says';
import type { BillingCall, OfferRef, OfferState } from '../port';
import type { Answer, RestCalls } from './calls';
import type { CompiledOffers } from './compile';
import type { CreateOperation, ListOperation, Operation, RequestData } from './operation';
import { pagesOf } from './pages';
import { encodePart } from './placeholders';
import { readOffer, unreadable } from './read-answer';

/** An offer, and the JSON it was read from. */
export interface Found {
  offer: OfferRef;
  body: unknown;
}

/** Finds offers in billing and in its answers. */
export class OfferReader {
  readonly #calls: RestCalls;
  readonly #compiled: CompiledOffers;

  constructor(calls: RestCalls, compiled: CompiledOffers) {
    this.#calls = calls;
    this.#compiled = compiled;
  }

  /** The offer with this key and the answer it was read from; `null` when billing does not show one.
   *  @throws INPUT_INVALID for a key that no address can carry; BILLING_BAD_RESPONSE for an offer with another key */
  async find(key: string, { signal }: BillingCall = {}): Promise<Found | null> {
    checkKey(key);
    const { read } = this.#compiled;
    const data = { key };
    const told = await this.#calls.lookUp(read, data, { subject: `offer ${key}`, signal }, answer =>
      this.inAnswer(read, answer, data),
    );
    if (!told || told.found.state === 'absent') return null;
    // A server that ignores a filter it does not know answers with some other offer.
    if (!isSameId(told.found.key, key)) throw otherKey(read, told.body);
    return { offer: told.found, body: told.body };
  }

  /** Every offer, page after page. */
  async list(list: ListOperation, call: BillingCall = {}): Promise<OfferRef[]> {
    const offers = new Map<string, OfferRef>();
    for await (const { items, answer, data } of pagesOf(this.#calls, list, 'the list of offers', call))
      for (const item of items) keep(offers, await this.inAnswer(list, { ...answer, body: item }, data));
    return [...offers.values()];
  }

  /** The offer in an answer, or `null`. */
  inAnswer(
    operation: Operation,
    { body, status, headers }: HttpAnswer,
    request: RequestData,
  ): Promise<OfferRef | null> {
    const { states } = this.#compiled;
    return readOffer(body, { operation, states, statesField: 'templates.states', request, status, headers });
  }

  /** The offer that the answer to a create speaks of: the one made, or the one that was in the way. */
  async inCreated(create: CreateOperation, answer: Answer, data: RequestData): Promise<Found | null> {
    const body = answer.holds ? await create.existing?.(answer.body) : answer.body;
    if (body === undefined || (body === null && (answer.holds || !create.readsHeaders))) return null;
    const offer = await this.inAnswer(create, { ...answer, body }, data);
    if (offer && !isSameId(offer.key, String(data.key))) throw otherKey(create, answer.body);
    return offer && { offer, body };
  }
}

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
  const rank: Record<OfferState, number> = { absent: 0, retired: 1, draft: 2, active: 3 };
  const known = offers.get(offer.key);
  if (!known || rank[offer.state] > rank[known.state]) offers.set(offer.key, offer);
}
