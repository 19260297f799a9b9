import { AdapterError } from '../errors';
import { foldId, isSameName } from '../ids';
import { methodOf } from '../wap/client/method';
import type { PlanAddOnReference, Subscription, UsageEvent } from '../wap/types';
import { isoTime, isSuspended, type SubscriptionFacts, textIn } from './facts';
import { billInstances, instancesIn } from './instances';
import { instanceKey, subscriptionKind } from './keys';
import { ignored, type TenantOutcome, waitingFor } from './outcome';
import { SupportedVerbs } from './supported';
import { callOf, type TenantTools } from './tools';

/** The instances of one add-on of a subscription, in WAP and in the mapping. */
interface Compared {
  /** As WAP shows it now; null when it is gone. */
  subscription: Subscription | null;
  /** WAP shows some of them. */
  isThere: boolean;
  /** In WAP and not in the mapping. */
  fresh: PlanAddOnReference[];
  /** Keys of those in the mapping that WAP does not show, and that the event may mean. */
  gone: string[];
}

/** Brings the instances of one add-on of a subscription to what WAP shows now. The event only says that something
 *  happened: often it names no instance (dn448734), and an add-on can be bought several times, so those of WAP are counted
 *  against those of the mapping. One that was bought and dropped again before its event was read is never billed.
 *  Safe to repeat, in any order. @throws WAP_BAD_RESPONSE when WAP contradicts itself; WAP_… and BILLING_… */
export async function followAddOn(
  tools: TenantTools,
  event: UsageEvent,
  facts: SubscriptionFacts | null,
): Promise<TenantOutcome> {
  const { mapping } = tools;
  const subscriptionId = event.EntityParentId ?? '';
  const at = isoTime(event.NotificationEventTimeCreated);
  const { subscription, isThere, fresh, gone } = await compare(tools, subscriptionId, event, facts);
  if (gone.length > 0 && subscription) await refuseShown(tools, subscriptionId, gone);
  const cancelled = gone.length > 0 ? await cancelAll(tools, gone, at) : null;
  if (subscription && fresh.length > 0) {
    const isBilled = await mapping.store.transaction(tx => mapping.findByWapId(tx, subscriptionKind, subscriptionId));
    if (!isBilled) return waitingFor('subscriptionNotBilled');
    return billInstances(tools, subscription, fresh, { at, suspended: facts !== null && isSuspended(facts) });
  }
  if (cancelled) return cancelled;
  // What the mapping knows was made by an earlier delivery of this event.
  if (isThere) return { output: 'done', reason: null, billed: null, entries: [] };
  return ignored(subscription ? 'neverKnown' : 'goneFromWap');
}

/** Looks at WAP and at the mapping; changes nothing. */
async function compare(
  tools: TenantTools,
  subscriptionId: string,
  event: UsageEvent,
  facts: SubscriptionFacts | null,
): Promise<Compared> {
  const addOnId = textIn(event.Entity, 'AddOnId') ?? '';
  const named = textIn(event.Entity, 'AddOnInstanceId');
  const foldedKey = (instance: string) => foldId(instanceKey(subscriptionId, instance));
  const subscription = facts?.deleted ? null : await tools.wap.subscriptions.find(subscriptionId, callOf(tools));
  const references = subscription?.AddOnReferences ?? [];
  const there = references.filter(reference => isSameName(reference.AddOnId, addOnId));
  const keysThere = new Set(there.map(({ AddOnInstanceId }) => foldedKey(AddOnInstanceId ?? '')));
  const entries = await instancesIn(tools.mapping, subscriptionId);
  const known = entries.filter(({ note }) => isSameName(note ?? '', addOnId)).map(({ wapId }) => wapId);
  const keysKnown = new Set(known.map(foldId));
  // A DELETE that names its instance speaks of no other.
  const isMeant = (key: string) => methodOf(event.Method) !== 'DELETE' || !named || key === foldedKey(named);
  return {
    subscription,
    isThere: keysThere.size > 0,
    fresh: there.filter(({ AddOnInstanceId: instance }) => instance && !keysKnown.has(foldedKey(instance))),
    gone: known.filter(key => !keysThere.has(foldId(key)) && isMeant(foldId(key))),
  };
}

/** Cancels each instance, and answers the last one as billing has it. */
async function cancelAll(tools: TenantTools, keys: readonly string[], at: string): Promise<TenantOutcome> {
  const verbs = new SupportedVerbs(tools);
  const { subscriptions } = tools.billing;
  let billed: TenantOutcome['billed'] = null;
  for (const key of keys) billed = await verbs.move('cancel', await subscriptions.state(key, callOf(tools)), at);
  return { output: 'done', reason: verbs.reason, billed, entries: [] };
}

/** Before an instance is cancelled, WAP must say which ones there are: an answer that leaves some out says nothing.
 *  @throws WAP_BAD_RESPONSE */
async function refuseShown(tools: TenantTools, subscriptionId: string, gone: readonly string[]): Promise<void> {
  const shown = (await tools.wap.subscriptions.instances(subscriptionId, callOf(tools))) ?? [];
  const keys = shown.map(({ AddOnInstanceId }) => foldId(instanceKey(subscriptionId, AddOnInstanceId ?? '')));
  if (!gone.some(key => keys.includes(foldId(key)))) return;
  const subject = `add-on of subscription ${subscriptionId}`;
  const message = `WAP shows the ${subject} and then does not. Nothing was cancelled; it is asked again with the event.`;
  throw new AdapterError('WAP_BAD_RESPONSE', message, { subject, retryable: true });
}
