import type { BilledSubscription } from '../billing/subscription-port';
import { AdapterError } from '../errors';
import { foldId, isSameName } from '../ids';
import type { Mapping, MappingEntry } from '../state/mapping';
import type { MappingInput } from '../state/mapping-entry';
import { methodOf } from '../wap/method';
import type { Open, PlanAddOnReference, Subscription, UsageEvent } from '../wap/types';
import { isoTime, isSuspended, type SubscriptionFacts, textIn } from './facts';
import {
  ignored,
  instanceKey,
  instanceKind,
  keyOf,
  offerOf,
  type TenantOutcome,
  type TenantTools,
  waitingFor,
} from './tools';

/** The instances of add-ons of one subscription that billing was told of. */
export async function instancesIn(mapping: Mapping, subscriptionId: string): Promise<MappingEntry[]> {
  return mapping.startingWith(instanceKind, instanceKey(subscriptionId, ''));
}

/** Brings the instances of one add-on of a subscription to what WAP shows now. The event only says that something
 *  happened: often it names no instance (dn448734), and an add-on can be bought several times, so those of WAP are counted
 *  against those of the mapping. One that was bought and dropped again before its event was read is never billed.
 *  Safe to repeat, in any order. */
export async function followAddOn(
  tools: TenantTools,
  event: UsageEvent,
  facts: SubscriptionFacts | null,
): Promise<TenantOutcome> {
  const { wap, mapping, signal } = tools;
  const call = signal ? { signal } : {};
  const subscriptionId = event.EntityParentId ?? '';
  const addOnId = textIn(event.Entity, 'AddOnId') ?? '';
  const at = isoTime(event.NotificationEventTimeCreated);
  const subscription = facts?.deleted ? null : await wap.subscriptions.find(subscriptionId, call);
  const there = (subscription?.AddOnReferences ?? []).filter(reference => isSameName(reference.AddOnId, addOnId));
  const known = (await instancesIn(mapping, subscriptionId)).filter(entry => isSameName(entry.note ?? '', addOnId));
  const keysThere = new Set(there.map(({ AddOnInstanceId }) => compared(subscriptionId, AddOnInstanceId ?? '')));
  const isDelete = methodOf(event.Method) === 'DELETE';
  const named = textIn(event.Entity, 'AddOnInstanceId');
  const isMeant = (key: string) => !isDelete || !named || foldId(key) === compared(subscriptionId, named);
  const gone = known.map(({ wapId }) => wapId).filter(key => !keysThere.has(foldId(key)) && isMeant(key));
  if (gone.length > 0 && subscription) await refuseShown(tools, subscriptionId, gone);
  let billed: BilledSubscription | null = null;
  for (const key of gone) billed = await tools.billing.subscriptions.cancel(key, at, call);
  const fresh = there.filter(({ AddOnInstanceId: instance }) => instance && !knows(known, subscriptionId, instance));
  if (!subscription || fresh.length === 0) {
    if (gone.length > 0) return { output: 'done', reason: null, billed, entries: [] };
    // What is known already was made by an earlier delivery of this event.
    if (keysThere.size > 0) return { output: 'done', reason: null, billed: null, entries: [] };
    return ignored(subscription ? 'neverKnown' : 'goneFromWap');
  }
  if (!(await mapping.findByWapId('subscription', subscriptionId))) return waitingFor('subscriptionNotBilled');
  return billInstances(tools, subscription, fresh, { at, suspended: facts !== null && isSuspended(facts) });
}

/** Before an instance is cancelled, WAP must say which ones there are: an answer that leaves them out says nothing.
 *  @throws WAP_BAD_RESPONSE */
async function refuseShown({ wap, signal }: TenantTools, subscriptionId: string, gone: string[]): Promise<void> {
  const shown = (await wap.subscriptions.instances(subscriptionId, signal ? { signal } : {})) ?? [];
  const keys = shown.map(({ AddOnInstanceId }) => compared(subscriptionId, AddOnInstanceId ?? ''));
  const there = gone.find(key => keys.includes(foldId(key)));
  if (there === undefined) return;
  const subject = `add-on of subscription ${subscriptionId}`;
  const message = `WAP shows the ${subject} and then does not. Nothing was cancelled; it is asked again with the event.`;
  throw new AdapterError('WAP_BAD_RESPONSE', message, { subject, retryable: true });
}

/** Creates what is bought in billing, each since its own time. */
export async function billInstances(
  { mapping, billing, signal }: TenantTools,
  subscription: Subscription,
  references: PlanAddOnReference[],
  { at, suspended }: { at: string; suspended: boolean },
): Promise<TenantOutcome> {
  const call = signal ? { signal } : {};
  const entries: MappingInput[] = [];
  let billed: BilledSubscription | null = null;
  for (const { AddOnId, AddOnInstanceId, AcquisitionTime } of references) {
    const offer = await offerOf(mapping, 'addon', AddOnId);
    if (!offer) return waitingFor('addOnNotMapped', entries);
    const key = await keyOf(mapping, instanceKind, instanceKey(subscription.SubscriptionID, AddOnInstanceId ?? ''));
    const account = subscription.AccountAdminLiveEmailId;
    const since = AcquisitionTime ? isoTime(AcquisitionTime) : at;
    try {
      billed = await billing.subscriptions.ensure({ key, ...offer, account, name: nameOf(subscription), since }, call);
    } catch (error) {
      if (error instanceof AdapterError && error.code === 'BILLING_NOT_FOUND')
        return waitingFor('offerNotThere', entries);
      throw error;
    }
    if (suspended) billed = await billing.subscriptions.suspend(key, at, call);
    const { remoteId: billingId } = billed;
    if (billingId)
      entries.push({ kind: instanceKind, wapId: key, billingId, name: nameOf(subscription), note: AddOnId });
  }
  return { output: 'done', reason: null, billed, entries };
}

const nameOf = (subscription: Open): string | null => textIn(subscription, 'SubscriptionName') ?? null;

const compared = (subscriptionId: string, instance: string): string => foldId(instanceKey(subscriptionId, instance));

function knows(known: MappingEntry[], subscriptionId: string, instance: string): boolean {
  return known.some(({ wapId }) => foldId(wapId) === compared(subscriptionId, instance));
}
