import { AdapterError } from '../../errors';
import { isSameId, isSameName } from '../../ids';
import { idempotencyKey } from '../idempotency';
import { repeatAfterLookup } from '../lost-answer';
import { wordsOf } from '../peer-says';
import type { BillingCall } from '../port';
import type {
  BilledSubscription,
  OfferName,
  SubscriptionPort,
  SubscriptionVerb,
  WantedSubscription,
} from '../subscription-port';
import type { RequestData, RestCalls, Told } from './calls';
import type { ListOperation, Operation } from './compile';
import type { CompiledSubscriptions } from './compile-subscriptions';
import type { RestOptions } from './offers';
import { pagesOf } from './pages';
import { unreadable } from './read-offer';
import { notBilled, readBilled } from './read-subscription';

const subjectOf = (key: string) => `subscription ${key}`;

/** Subscriptions of any JSON API, as its templates describe them. */
export class RestSubscriptions implements SubscriptionPort {
  readonly kept = true;
  readonly can: SubscriptionPort['can'];
  readonly list: SubscriptionPort['list'];

  constructor(
    private readonly calls: RestCalls,
    private readonly compiled: CompiledSubscriptions,
    private readonly options: RestOptions,
  ) {
    const { create, plan, suspend, resume, cancel, list } = compiled;
    const isThere = (operation: Operation | null) => operation !== null;
    this.can = {
      ...{ create: isThere(create), changePlan: isThere(plan), suspend: isThere(suspend) },
      ...{ resume: isThere(resume), cancel: isThere(cancel) },
    };
    this.list = list ? call => this.pages(list, call) : null;
  }

  async ensure(wanted: WantedSubscription, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.state(wanted.key, call);
    if (before.state !== 'absent') return compared(wanted, before);
    const { create } = this.compiled;
    if (!create) throw noTemplate('create');
    const header = this.options.idempotencyHeader;
    const headers = header ? { [header]: idempotencyKey(this.options.target, 'subscribe', wanted.key) } : {};
    const data: RequestData = { ...wanted, at: wanted.since };
    return repeatAfterLookup({
      ...this.options,
      repeats: header === null,
      signal: call.signal,
      act: async () => {
        const answer = await this.calls.send(create, data, {
          subject: subjectOf(wanted.key),
          repeatable: header !== null,
          headers,
          test: create.exists,
          signal: call.signal,
        });
        const body = answer.holds ? await create.existing?.(answer.body) : answer.body;
        const told = body === undefined || body === null ? null : await this.read(create, answer.status, body, data);
        if (told && !isSameId(told.key, wanted.key)) throw otherKey(create, answer.body);
        const made = told ?? (await this.state(wanted.key, call));
        if (made.state === 'absent') throw refused(wanted.key, answer);
        return answer.holds ? compared(wanted, made) : made;
      },
      lookUp: () =>
        this.orNull(wanted.key, found => found.state !== 'absent' && compared(wanted, found) === found, call),
    });
  }

  async state(key: string, { signal }: BillingCall = {}): Promise<BilledSubscription> {
    const { read } = this.compiled;
    const data = { key };
    const told = await this.calls.lookUp(read, data, { subject: subjectOf(key), signal }, answer =>
      this.read(read, answer.status, answer.body, data),
    );
    if (told && !isSameId(told.found.key, key)) throw otherKey(read, told.body);
    return told?.found ?? notBilled(key);
  }

  async changePlan(key: string, offer: OfferName, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.present(key, call);
    const isThere = (billed: BilledSubscription) => isTo(billed, offer);
    return isThere(before) ? before : this.move('plan', { ...before, ...offer, at }, isThere, call);
  }

  async suspend(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.present(key, call);
    const isThere = (billed: BilledSubscription) => billed.state === 'suspended';
    return isThere(before) ? before : this.move('suspend', { ...before, at }, isThere, call);
  }

  async resume(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.present(key, call);
    const isThere = (billed: BilledSubscription) => billed.state === 'active';
    return isThere(before) ? before : this.move('resume', { ...before, at }, isThere, call);
  }

  async cancel(key: string, at: string, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.state(key, call);
    // Some systems cancel by deleting.
    const isThere = (billed: BilledSubscription) => billed.state === 'cancelled' || billed.state === 'absent';
    return isThere(before) ? before : this.move('cancel', { ...before, at }, isThere, call);
  }

  /** A refusal or a lost answer is followed by a look, and so is a success that does not say where the subscription is, or
   *  says that it is cancelled: what counts is where it is. */
  private async move(
    name: 'plan' | 'suspend' | 'resume' | 'cancel',
    data: RequestData & { key: string },
    isThere: (billed: BilledSubscription) => boolean,
    call: BillingCall,
  ): Promise<BilledSubscription> {
    const operation = this.compiled[name];
    if (!operation) throw noTemplate(name);
    const { key } = data;
    return repeatAfterLookup({
      ...this.options,
      repeats: true,
      signal: call.signal,
      act: async () => {
        const options = { subject: subjectOf(key), repeatable: false, signal: call.signal };
        const answer = await this.calls.send(operation, data, options);
        const told = await this.read(operation, answer.status, answer.body, data);
        if (told && isThere(told) && name !== 'cancel') return told;
        const shown = await this.state(key, call);
        if (!isThere(shown)) throw notThere(key, name, shown, answer);
        return told && isThere(told) ? told : shown;
      },
      lookUp: () => this.orNull(key, isThere, call),
    });
  }

  private async *pages(list: ListOperation, call: BillingCall = {}): AsyncGenerator<BilledSubscription[]> {
    for await (const { items, answer, data } of pagesOf(this.calls, list, 'the list of subscriptions', call)) {
      const billed = await Promise.all(items.map(item => this.read(list, answer.status, item, data)));
      yield billed.filter(each => each !== null);
    }
  }

  private read(operation: Operation, status: number, body: unknown, request: RequestData) {
    return readBilled(body, { operation, states: this.compiled.states, request, status });
  }

  private async orNull(key: string, fits: (billed: BilledSubscription) => boolean, call: BillingCall) {
    const found = await this.state(key, call);
    return fits(found) ? found : null;
  }

  private async present(key: string, call: BillingCall): Promise<BilledSubscription> {
    const found = await this.state(key, call);
    if (found.state === 'absent') throw unknown(key);
    if (found.state === 'cancelled') throw conflict(key, 'is cancelled', 'Subscribe again with a new id.');
    return found;
  }
}

/** Billing may name the offer by our key or by its own id. */
export function isTo({ offerKey: shown }: Pick<BilledSubscription, 'offerKey'>, { offerKey, offerId }: OfferName) {
  return shown === null || isSameId(shown, offerKey) || isSameId(shown, offerId ?? '');
}

function compared(wanted: WantedSubscription, found: BilledSubscription): BilledSubscription {
  if (found.state === 'cancelled') throw conflict(wanted.key, 'is cancelled', 'Subscribe again with a new id.');
  const isOther = wanted.account !== null && found.account !== null && !isSameName(found.account, wanted.account);
  if (isOther) throw conflict(wanted.key, 'belongs to another account', 'Change the account in one of the two.');
  return found;
}

function conflict(key: string, what: string, remedy: string): AdapterError {
  return AdapterError.advising('BILLING_CONFLICT', `The subscription ${key} ${what} in billing. ${remedy}`, {
    subject: subjectOf(key),
  });
}

function unknown(key: string): AdapterError {
  return AdapterError.advising('BILLING_NOT_FOUND', `Billing has no subscription ${key}. Create it first.`, {
    subject: subjectOf(key),
  });
}

function refused(key: string, { status: httpStatus, body }: Told): AdapterError {
  return AdapterError.advising(
    'BILLING_INPUT',
    `The billing system answered ${httpStatus} to the new subscription ${key} and shows none.${wordsOf(body)} Check what subscriptionCreate sends.`,
    { subject: subjectOf(key), httpStatus, retryable: httpStatus < 300 },
  );
}

function otherKey({ field }: Operation, body: unknown): AdapterError {
  return unreadable(`${field}.answer`, 'speaks of a subscription with another key', wordsOf(body));
}

function notThere(
  key: string,
  name: Exclude<SubscriptionVerb, 'create' | 'changePlan'> | 'plan',
  { state, offerKey }: BilledSubscription,
  { status: httpStatus, body }: Told,
): AdapterError {
  const shown = name === 'plan' ? `with the offer ${offerKey}` : `as ${state}`;
  return new AdapterError(
    'BILLING_BAD_RESPONSE',
    `The billing system answered ${httpStatus} to templates.${templateOf(name)} as if it were done, and shows the subscription ${key} ${shown}.${wordsOf(body)}`,
    { subject: subjectOf(key), httpStatus, retryable: true },
  );
}

const templateOf = (name: string): string => `subscription${name.charAt(0).toUpperCase()}${name.slice(1)}`;

function noTemplate(name: string): AdapterError {
  const field = `templates.${templateOf(name)}`;
  return AdapterError.advising(
    'INPUT_CONFIG',
    `The billing connection has no ${field}. Add it, if that billing system can do it.`,
    { subject: field },
  );
}

const none = async (): Promise<never> => {
  throw noTemplate('read');
};

/** Of a billing system that keeps no subscriptions. @throws INPUT_CONFIG for every call */
export const noSubscriptions: SubscriptionPort = {
  kept: false,
  can: { create: false, changePlan: false, suspend: false, resume: false, cancel: false },
  ...{ ensure: none, state: none, changePlan: none, suspend: none, resume: none, cancel: none, list: null },
};
