import type { Clock } from '../../async/clock';
import { OneAtATime } from '../../async/one-at-a-time';
import type { HttpClient } from '../../http/types';
import { foldName, isSameId, isSameName } from '../../ids';
import type { CallOptions } from '../client/admin';
import { adminSender, pathPart, type Send } from '../client/admin-calls';
import { notShown, untilShown } from '../plans/settle';
import { type PlanAddOnReference, type Subscription, subscriptionState } from '../types';
import { boughtSince, buyOnce } from './buy-addon';
import { readInstances, readSubscription } from './read-subscription';
import { type PageOptions, type SubscriptionFilter, subscriptionPages } from './subscription-pages';

/** Subscriptions in WAP's admin API. Every verb throws AdapterError with a `WAP_…` code. */
export interface WapSubscriptions {
  /** @throws WAP_NOT_FOUND */
  get(id: string, options?: CallOptions): Promise<Subscription>;
  find(id: string, options?: CallOptions): Promise<Subscription | null>;
  /** All that pass the filter, page by page; each exactly once, even while others come and go. Never an empty page. */
  pages(filter?: SubscriptionFilter, options?: PageOptions): AsyncGenerator<Subscription[], void, undefined>;
  /** The add-on instances that WAP shows now; null when the subscription is gone.
   *  @throws WAP_BAD_RESPONSE when the answer does not say: an instance must not be taken for gone then */
  instances(id: string, options?: CallOptions): Promise<PlanAddOnReference[] | null>;
  /** Safe to repeat, like the next three; each reads until WAP shows the change.
   *  @throws WAP_NOT_FOUND; WAP_CONFLICT while it is being deleted (assumed); WAP_BAD_RESPONSE when WAP does not show it */
  activate(id: string, options?: CallOptions): Promise<Subscription>;
  suspend(id: string, options?: CallOptions): Promise<Subscription>;
  migrate(id: string, planId: string, options?: CallOptions): Promise<Subscription>;
  /** Asks WAP to delete it, which happens later. False when WAP does not know it (any more). `force` does not wait for the
   *  services. No guards: see `deleteSubscription`. */
  startDelete(id: string, force: boolean, options?: CallOptions): Promise<boolean>;
  /** Buys exactly one more instance: after a lost answer the instances are compared with those before. */
  buyAddOn(id: string, addOnId: string, options?: CallOptions): Promise<PlanAddOnReference>;
  /** The newest instance bought since then (ms UTC), if any. */
  findBought(id: string, addOnId: string, since: number, options?: CallOptions): Promise<PlanAddOnReference | null>;
  /** False when it was gone already. Reads until WAP no longer shows it.
   *  @throws WAP_BAD_RESPONSE */
  dropAddOn(id: string, addOnId: string, instanceId: string, options?: CallOptions): Promise<boolean>;
}

/** 404 is an answer here, not a failure. */
const gone = (status: number) => status === 404;
const named = (id: string) => `subscription ${id}`;

/** `/subscriptions/{id}` and what follows. @throws INPUT_INVALID for an empty id */
function subscriptionPath(id: string, ...parts: string[]): string {
  return ['/subscriptions', pathPart('subscriptionId', id), ...parts].join('/');
}

/** Source: dn448740, dn448682, dn448683, dn448661, dn448650; list, get, migrate and drop: SDK. */
export function openSubscriptions(http: HttpClient, principal: string, clock: Clock): WapSubscriptions {
  const send = adminSender(http, principal, clock);
  const turns = new OneAtATime();

  async function find(id: string, options?: CallOptions): Promise<Subscription | null> {
    const call = { method: 'GET', path: subscriptionPath(id), repeatable: true, subject: named(id) } as const;
    const answer = await send({ ...call, accept: gone }, options);
    return answer.status === 404 ? null : readSubscription(answer.body, named(id));
  }

  async function instances(id: string, options?: CallOptions): Promise<PlanAddOnReference[] | null> {
    const call = { method: 'GET', path: subscriptionPath(id), repeatable: true, subject: named(id) } as const;
    const answer = await send({ ...call, accept: gone }, options);
    return answer.status === 404 ? null : readInstances(answer.body, named(id));
  }

  async function get(id: string, options?: CallOptions): Promise<Subscription> {
    const call = { method: 'GET', path: subscriptionPath(id), repeatable: true, subject: named(id) } as const;
    return readSubscription((await send(call, options)).body, named(id));
  }

  const patch = patchWith(send, get, clock);
  return {
    find,
    get,
    instances,
    pages: (filter = {}, options = {}) => subscriptionPages(send, filter, options),
    activate: (id, options) => patch(id, { Status: 'Active' }, {}, { State: subscriptionState.active }, options),
    suspend: (id, options) => patch(id, { Status: 'Suspended' }, {}, { State: subscriptionState.suspended }, options),
    migrate: (id, planId, options) => {
      pathPart('planId', planId);
      return patch(id, { PlanId: planId }, { migrate: 'True' }, { PlanId: planId }, options);
    },

    async startDelete(id, force, options) {
      const query = { force: force ? 'True' : 'False' };
      const call = {
        method: 'DELETE',
        path: subscriptionPath(id),
        query,
        repeatable: true,
        subject: named(id),
      } as const;
      return (await send({ ...call, accept: gone }, options)).status !== 404;
    },

    // Two purchases at once could take each other's instance for their own.
    buyAddOn: (id, addOnId, options) =>
      turns.run(foldName(id), options?.signal, () => buyOnce({ send, get, clock }, id, addOnId, options)),
    findBought: (id, addOnId, since, options) => boughtSince({ send, clock }, id, addOnId, since, options),

    async dropAddOn(id, addOnId, instanceId, options) {
      const path = subscriptionPath(
        id,
        'addons',
        pathPart('addOnId', addOnId),
        pathPart('addOnInstanceId', instanceId),
      );
      const subject = `add-on ${addOnId} of ${named(id)}`;
      const answer = await send({ method: 'DELETE', path, repeatable: true, subject, accept: gone }, options);
      await untilShown(
        () => instances(id, options),
        shown => (shown?.some(isInstance(addOnId, instanceId)) ? ['it is still there'] : []),
        ([what = '']) => notShown(subject, what),
        { ...options, clock },
      );
      return answer.status !== 404;
    },
  };
}

/** Tells one instance from the others of a subscription; ids in any case. */
const isInstance =
  (addOnId: string, instanceId: string) =>
  ({ AddOnId, AddOnInstanceId }: PlanAddOnReference): boolean =>
    isSameName(AddOnId, addOnId) && isSameId(AddOnInstanceId ?? '', instanceId);

/** Reads a subscription, or throws WAP_NOT_FOUND. */
type Get = (id: string, options?: CallOptions) => Promise<Subscription>;

/** Sends exactly `SubscriptionId` and what changes: the pages call the body an AdminSubscription, but its fields are those of a
 *  provisioning request. The answer does not prove the effect, so the subscription is read back. */
function patchWith(send: Send, get: Get, clock: Clock) {
  return async (
    id: string,
    change: Record<string, string>,
    query: Record<string, string>,
    wanted: Partial<Pick<Subscription, 'State' | 'PlanId'>>,
    options?: CallOptions,
  ): Promise<Subscription> => {
    const body = { SubscriptionId: id, ...change };
    const path = subscriptionPath(id);
    await send({ method: 'PATCH', path, query, body, repeatable: true, subject: named(id) }, options);
    return untilShown(
      () => get(id, options),
      shown =>
        Object.entries(wanted).flatMap(([name, value]) =>
          isSameName(String(shown[name]), String(value)) ? [] : [`${name} is not ${value}`],
        ),
      ([what = '']) => notShown(named(id), what),
      { ...options, clock },
    );
  };
}
