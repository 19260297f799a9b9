import type { HttpAnswer } from '../../http/types';
import { isSameId, isSameName } from '../../ids';
import { type RepeatLimits, repeatAfterLookup } from '../lost-answer';
import { wordsOf } from '../peer-says';
import type { BillingCall } from '../port';
import {
  absentSubscription,
  type BilledSubscription,
  isOnOffer,
  type OfferName,
  type SubscriptionPort,
  type WantedSubscription,
} from '../subscription-port';
import type { RestCalls } from './calls';
import type { CompiledSubscriptions } from './compile-subscriptions';
import type { CreateOperation, ListOperation, Operation, RequestData } from './operation';
import { pagesOf } from './pages';
import { readSubscription, type SubscriptionRead, unreadable } from './read-answer';
import { afterSteps } from './steps';
import {
  isCancelled,
  isOfOtherAccount,
  type Move,
  noSubscriptionTemplate,
  subjectOf,
  subscriptionNotMoved,
  subscriptionNotShown,
  subscriptionUnknown,
} from './subscription-errors';

/** Whether a subscription is where a verb brings it. */
type IsThere = (billed: BilledSubscription) => boolean;

/** Subscriptions of any JSON API, as its templates describe them. */
export class RestSubscriptions implements SubscriptionPort {
  readonly kept = true;
  readonly can: SubscriptionPort['can'];
  readonly list: SubscriptionPort['list'];
  readonly #calls: RestCalls;
  readonly #compiled: CompiledSubscriptions;
  readonly #repeat: RepeatLimits;

  constructor(calls: RestCalls, compiled: CompiledSubscriptions, repeat: RepeatLimits) {
    this.#calls = calls;
    this.#compiled = compiled;
    this.#repeat = repeat;
    const { create, plan, suspend, resume, cancel, list } = compiled;
    this.can = {
      create: create !== null,
      changePlan: plan !== null,
      suspend: suspend !== null,
      resume: resume !== null,
      cancel: cancel !== null,
    };
    this.list = list ? call => this.#pages(list, call) : null;
  }

  /** Looks first and creates only what is not there. A lost answer is followed by a look before the next try. */
  async ensure(wanted: WantedSubscription, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.state(wanted.key, call);
    if (before.state !== 'absent') return compared(wanted, before);
    const { create } = this.#compiled;
    if (!create) throw noSubscriptionTemplate('create');
    return repeatAfterLookup({
      ...this.#repeat,
      // With the header the client repeats the call itself, and billing executes it once.
      repeats: !this.#calls.areOnce,
      signal: call.signal,
      act: () => this.#create(create, wanted, call),
      lookUp: async () => {
        const found = await this.state(wanted.key, call);
        return found.state === 'absent' ? null : compared(wanted, found);
      },
    });
  }

  async state(key: string, call: BillingCall = {}): Promise<BilledSubscription> {
    return (await this.#find(key, call)).billed;
  }

  /** Nothing is sent when the subscription is on that offer already, or billing does not say which it is on. */
  async changePlan(key: string, offer: OfferName, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.#present(key, call);
    return this.#move('plan', before, { ...offer, at }, billed => isOnOffer(billed, offer), call);
  }

  async suspend(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.#present(key, call);
    return this.#move('suspend', before, { at }, ({ state }) => state === 'suspended', call);
  }

  async resume(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.#present(key, call);
    return this.#move('resume', before, { at }, ({ state }) => state === 'active', call);
  }

  /** Nothing is sent for a subscription that billing does not have. */
  async cancel(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.#find(key, call);
    // Some systems cancel by deleting.
    return this.#move('cancel', before, { at }, ({ state }) => state === 'cancelled' || state === 'absent', call);
  }

  async #create(create: CreateOperation, wanted: WantedSubscription, call: BillingCall): Promise<BilledSubscription> {
    const { key } = wanted;
    const plain: RequestData = { ...wanted, at: wanted.since };
    const data = await afterSteps(this.#calls, create, plain, { subject: subjectOf(key), signal: call.signal });
    const answer = await this.#calls.send(create, data, {
      subject: subjectOf(key),
      repeatable: this.#calls.areOnce,
      headers: this.#calls.once('subscribe', key),
      test: create.exists,
      signal: call.signal,
    });
    const body = answer.holds ? await create.existing?.(answer.body) : answer.body;
    const saysNothing = body === undefined || (body === null && (answer.holds || !create.readsHeaders));
    const told = saysNothing ? null : await this.#told(create, answer, body, data);
    if (told && !isSameId(told.key, key)) throw otherKey(create, answer.body);
    const made = told ?? (await this.state(key, call));
    if (made.state === 'absent') throw subscriptionNotShown(key, answer);
    return answer.holds ? compared(wanted, made) : made;
  }

  /** Brings a subscription where `isThere` is true. A refusal or a lost answer is followed by a look, and so is a success that
   *  does not say where the subscription is, or says that it is cancelled: only where it is counts. */
  async #move(
    move: Move,
    { billed: before, given }: SubscriptionRead,
    more: RequestData,
    isThere: IsThere,
    call: BillingCall,
  ): Promise<BilledSubscription> {
    if (isThere(before)) return before;
    const operation = this.#compiled[move];
    if (!operation) throw noSubscriptionTemplate(move);
    const { key } = before;
    const plain: RequestData = { ...given, ...before, ...more };
    const subject = subjectOf(key);
    return repeatAfterLookup({
      ...this.#repeat,
      repeats: true,
      signal: call.signal,
      act: async () => {
        const data = await afterSteps(this.#calls, operation, plain, { subject, signal: call.signal });
        const answer = await this.#calls.send(operation, data, { subject, repeatable: false, signal: call.signal });
        const told = await this.#told(operation, answer, answer.body, data);
        if (told && isThere(told) && move !== 'cancel') return told;
        const shown = await this.state(key, call);
        if (!isThere(shown)) throw subscriptionNotMoved(key, move, shown, answer);
        return told && isThere(told) ? told : shown;
      },
      lookUp: async () => {
        const found = await this.state(key, call);
        return isThere(found) ? found : null;
      },
    });
  }

  async *#pages(list: ListOperation, call: BillingCall = {}): AsyncGenerator<BilledSubscription[]> {
    for await (const { items, answer, data } of pagesOf(this.#calls, list, 'the list of subscriptions', call)) {
      const billed = await Promise.all(items.map(item => this.#told(list, answer, item, data)));
      yield billed.filter(each => each !== null);
    }
  }

  #read(operation: Operation, { status, headers }: HttpAnswer, body: unknown, request: RequestData) {
    const { states } = this.#compiled;
    const statesField = 'templates.subscriptionStates';
    return readSubscription(body, { operation, states, statesField, request, status, headers });
  }

  async #told(
    operation: Operation,
    answer: HttpAnswer,
    body: unknown,
    request: RequestData,
  ): Promise<BilledSubscription | null> {
    return (await this.#read(operation, answer, body, request))?.billed ?? null;
  }

  async #find(key: string, { signal }: BillingCall): Promise<SubscriptionRead> {
    const { read } = this.#compiled;
    const data = { key };
    const told = await this.#calls.lookUp(read, data, { subject: subjectOf(key), signal }, answer =>
      this.#read(read, answer, answer.body, data),
    );
    if (told && !isSameId(told.found.billed.key, key)) throw otherKey(read, told.body);
    return told?.found ?? { billed: absentSubscription(key), given: {} };
  }

  async #present(key: string, call: BillingCall): Promise<SubscriptionRead> {
    const found = await this.#find(key, call);
    if (found.billed.state === 'absent') throw subscriptionUnknown(key);
    if (found.billed.state === 'cancelled') throw isCancelled(key);
    return found;
  }
}

/** @throws BILLING_CONFLICT when what has the key is not what is wanted */
function compared({ key, account }: WantedSubscription, found: BilledSubscription): BilledSubscription {
  if (found.state === 'cancelled') throw isCancelled(key);
  if (account !== null && found.account !== null && !isSameName(found.account, account)) throw isOfOtherAccount(key);
  return found;
}

const otherKey = ({ field }: Operation, body: unknown) =>
  unreadable(`${field}.answer`, 'speaks of a subscription with another key', wordsOf(body));

const none = async (): Promise<never> => {
  throw noSubscriptionTemplate('read');
};

/** Of a billing system that keeps no subscriptions. @throws INPUT_CONFIG for every call */
export const noSubscriptions: SubscriptionPort = {
  kept: false,
  can: { create: false, changePlan: false, suspend: false, resume: false, cancel: false },
  ...{ ensure: none, state: none, changePlan: none, suspend: none, resume: none, cancel: none, list: null },
};
