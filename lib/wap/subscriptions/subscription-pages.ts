import { foldName, isSameName } from '../../ids';
import type { CallOptions } from '../client/admin';
import type { Send } from '../client/admin-calls';
import { walk } from '../client/walk';
import { type Subscription, subscriptionState } from '../types';
import { readPage, readSubscription } from './read-subscription';

export type SubscriptionStateName = 'active' | 'suspended' | 'deletePending';

/** A filter; every given condition must hold. */
export interface SubscriptionFilter {
  planId?: string | undefined;
  addOnId?: string | undefined;
  /** `AccountAdminLiveEmailId`, in any case. */
  userId?: string | undefined;
  /** WAP's own search, which covers only the names of users and offers (SDK, dn448827). */
  text?: string | undefined;
  state?: SubscriptionStateName | 'any' | undefined;
}

export interface PageOptions extends CallOptions {
  /** At least 2; default 500. */
  pageSize?: number;
}

/** Reads the list in the order of creation; see `walk` for what it promises while others come and go.
 *  Assumed: `Created` is a property to sort by; what the maximum of `take` is nobody says, so a page may be shorter.
 *  Source: dn448827, SDK. */
export async function* subscriptionPages(
  send: Send,
  filter: SubscriptionFilter,
  { pageSize = 500, ...options }: PageOptions,
): AsyncGenerator<Subscription[], void, undefined> {
  const isNarrow = Boolean(filter.planId ?? filter.addOnId ?? filter.userId ?? filter.text);
  const pages = walk<Subscription>({
    what: 'subscriptions',
    pageSize,
    read: skip => readFrom(send, filter, { skip, take: pageSize }, options),
    keyOf: item => foldName(item.SubscriptionID),
    // It is not documented whether a filtered list has a filtered count.
    isCounted: page => !isNarrow || page.filteredTotalCount !== page.totalCount,
  });
  for await (const page of pages) {
    const wanted = page.filter(item => fits(item, filter));
    if (wanted.length > 0) yield wanted;
  }
}

/** WAP offers three narrower lists; the rest of the filter is applied here. */
async function readFrom(
  send: Send,
  { planId, addOnId, userId, text }: SubscriptionFilter,
  range: { skip: number; take: number },
  options: CallOptions,
) {
  const narrow = planId ? { planId } : addOnId ? { addOnId } : userId ? { userId } : {};
  const query = {
    ...range,
    sortProperty: 'Created',
    sortDirection: 'Ascending',
    ...narrow,
    ...(text ? { filter: text } : {}),
  };
  const call = { method: 'GET', path: '/subscriptions', query, repeatable: true, subject: 'subscriptions' } as const;
  return readPage((await send(call, options)).body, 'subscriptions', readSubscription);
}

/** Whether all conditions hold; WAP's own search is trusted, because it sees more than the list shows. */
function fits(item: Subscription, { planId, addOnId, userId, state = 'any' }: SubscriptionFilter): boolean {
  if (planId && !isSameName(item.PlanId, planId)) return false;
  if (addOnId && !item.AddOnReferences.some(reference => isSameName(reference.AddOnId, addOnId))) return false;
  if (userId && !isSameName(item.AccountAdminLiveEmailId ?? '', userId)) return false;
  return state === 'any' || item.State === subscriptionState[state];
}
