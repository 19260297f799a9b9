import { AdapterError } from '../errors';
import type { CallOptions } from './admin';
import type { Send } from './admin-calls';
import { readPage, readSubscription } from './read-subscription';
import { type Subscription, subscriptionState } from './types';

export type SubscriptionStateName = 'active' | 'suspended' | 'deletePending';

/** What is wanted of a list; all that is given must fit. */
export interface SubscriptionFilter {
  planId?: string | undefined;
  addOnId?: string | undefined;
  /** `AccountAdminLiveEmailId`, upper and lower case alike. */
  userId?: string | undefined;
  /** WAP's own search, which looks into the names of users and offers only (SDK, dn448827). */
  text?: string | undefined;
  state?: SubscriptionStateName | 'any' | undefined;
}

export interface PageOptions extends CallOptions {
  /** At least 2; default 500. */
  pageSize?: number;
}

/** Steps back that one page may need when many were deleted meanwhile. */
const mostSteps = 1_000;

/** Reads the list in the order of creation. Each page begins with the last one of the page before, which shows that no
 *  deletion moved the list meanwhile; if one did, earlier ones are looked at again. What was seen is kept by its id, so
 *  that none comes twice.
 *  Assumed: `Created` is a property to sort by; what the maximum of `take` is nobody says, so a page may be shorter.
 *  Source: dn448827, SDK. */
export async function* subscriptionPages(
  send: Send,
  filter: SubscriptionFilter,
  { pageSize = 500, ...options }: PageOptions,
): AsyncGenerator<Subscription[], void, undefined> {
  const seen = new Set<string>();
  const keyOf = (item: Subscription) => item.SubscriptionID.toLowerCase();
  let skip = 0;
  for (let steps = 0; ; ) {
    const page = await readFrom(send, filter, { skip, take: pageSize }, options);
    const first = page.items[0];
    if (skip > 0 && (!first || !seen.has(keyOf(first)))) {
      steps += 1;
      if (steps > mostSteps) throw restless();
      skip = Math.max(0, skip - Math.max(1, pageSize - 1));
      continue;
    }
    const fresh = page.items.filter(item => !seen.has(keyOf(item)));
    for (const item of fresh) seen.add(keyOf(item));
    const wanted = fresh.filter(item => fits(item, filter));
    if (wanted.length > 0) yield wanted;
    steps = 0;
    const next = skip + page.items.length;
    const total = page.filteredTotalCount;
    const isLast = total === null ? fresh.length === 0 : next >= total;
    if (isLast || next - 1 <= skip) return;
    skip = next - 1;
  }
}

/** WAP takes one of the three narrower lists; the rest of the filter is ours. */
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

function fits(item: Subscription, { planId, addOnId, userId, state = 'any' }: SubscriptionFilter): boolean {
  if (planId && item.PlanId !== planId) return false;
  if (addOnId && !item.AddOnReferences.some(reference => reference.AddOnId === addOnId)) return false;
  if (userId && item.AccountAdminLiveEmailId?.toLowerCase() !== userId.toLowerCase()) return false;
  return state === 'any' || item.State === subscriptionState[state];
}

function restless(): AdapterError {
  const message = 'The list of subscriptions changed faster than it could be read. Try again later.';
  return new AdapterError('WAP_BAD_RESPONSE', message, { subject: 'subscriptions', retryable: true });
}
