import { AdapterError } from '../errors';
import { isSameId, isSameName } from '../ids';
import { idempotencyKey } from './idempotency';
import { repeatAfterLookup } from './lost-answer';
import type { BillingCall } from './port';
import type { RestOptions } from './rest';
import { unreadable } from './rest-answer';
import { itemsOf, mostPages, nextPage, type RequestData, type RestCalls } from './rest-calls';
import type { ListOperation, Operation } from './rest-compile';
import type { CompiledSubscriptions } from './rest-compile-subscriptions';
import { notBilled, readBilled } from './rest-subscription-answer';
import type { BilledSubscription, OfferName, SubscriptionPort, WantedSubscription } from './subscription-port';

const subjectOf = (key: string) => `subscription ${key}`;

/** Subscriptions of any JSON API, as its templates describe them. */
export class RestSubscriptions implements SubscriptionPort {
  readonly list: SubscriptionPort['list'];

  constructor(
    private readonly calls: RestCalls,
    private readonly compiled: CompiledSubscriptions,
    private readonly options: RestOptions,
  ) {
    const { list } = compiled;
    this.list = list ? call => this.pages(list, call) : null;
  }

  async ensure(wanted: WantedSubscription, call: BillingCall = {}): Promise<BilledSubscription> {
    const before = await this.state(wanted.key, call);
    if (before.state !== 'absent') return compared(wanted, before);
    const { create } = this.compiled;
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
          accept: status => create.exists.has(status),
          signal: call.signal,
        });
        const exists = create.exists.has(answer.status);
        const body = exists ? await create.existing?.(answer.body) : answer.body;
        const told = body === undefined || body === null ? null : await this.read(create, answer.status, body, data);
        const made = told ?? (await this.state(wanted.key, call));
        if (made.state === 'absent') throw refused(wanted.key, answer.status);
        return exists ? compared(wanted, made) : made;
      },
      lookUp: () =>
        this.orNull(wanted.key, found => found.state !== 'absent' && compared(wanted, found) === found, call),
    });
  }

  async state(key: string, { signal }: BillingCall = {}): Promise<BilledSubscription> {
    const { read } = this.compiled;
    const data = { key };
    const accept = (status: number) => status === 404;
    const answer = await this.calls.send(read, data, { subject: subjectOf(key), repeatable: true, accept, signal });
    const found = answer.status === 404 ? null : await this.read(read, answer.status, answer.body, data);
    if (found && !isSameId(found.key, key)) {
      throw unreadable(`${read.field}.answer`, 'speaks of a subscription with another key');
    }
    return found ?? notBilled(key);
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

  /** A refusal or a lost answer is followed by a look: what counts is where the subscription is. */
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
        return told && isThere(told) ? told : this.state(key, call);
      },
      lookUp: () => this.orNull(key, isThere, call),
    });
  }

  private async *pages(list: ListOperation, { signal }: BillingCall = {}): AsyncGenerator<BilledSubscription[]> {
    let page: unknown = list.firstPage;
    let last = '';
    for (let pages = 1; pages <= mostPages; pages += 1) {
      const data = { page, pageSize: list.pageSize };
      const answer = await this.calls.send(list, data, {
        subject: 'the list of subscriptions',
        repeatable: true,
        signal,
      });
      const items = await itemsOf(list, answer.body);
      // The same page again ends the list: that server does not know our page parameter.
      const same = JSON.stringify(items);
      if (same === last) return;
      last = same;
      const billed = await Promise.all(items.map(item => this.read(list, answer.status, item, data)));
      yield billed.filter(each => each !== null);
      page = await nextPage(list, page, items.length, answer.body);
      if (page === null) return;
    }
    throw unreadable(`${list.field}.next`, `gave more than ${mostPages} pages`);
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
  return new AdapterError('BILLING_CONFLICT', `The subscription ${key} ${what} in billing. ${remedy}`, {
    subject: subjectOf(key),
  });
}

function unknown(key: string): AdapterError {
  return new AdapterError('BILLING_NOT_FOUND', `Billing has no subscription ${key}. Create it first.`, {
    subject: subjectOf(key),
  });
}

function refused(key: string, httpStatus: number): AdapterError {
  return new AdapterError(
    'BILLING_INPUT',
    `The billing system answered ${httpStatus} to the new subscription ${key} and shows none. Check what subscriptionCreate sends.`,
    { subject: subjectOf(key), httpStatus },
  );
}

function noTemplate(name: string): AdapterError {
  const field = `templates.subscription${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return new AdapterError(
    'INPUT_CONFIG',
    `The billing connection has no ${field}. Add it, if that billing system can do it.`,
    { subject: field },
  );
}

const none = async (): Promise<never> => {
  throw noTemplate('create');
};

/** Of a billing system that keeps no subscriptions. @throws INPUT_CONFIG for every call */
export const noSubscriptions: SubscriptionPort = {
  ...{ ensure: none, state: none, changePlan: none, suspend: none, resume: none, cancel: none, list: null },
};
