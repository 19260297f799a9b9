import { notBilled } from '../billing/rest/read-subscription';
import type { BilledSubscription, WantedSubscription } from '../billing/subscription-port';
import { AdapterError } from '../errors';
import { foldId, isSameName } from '../ids';
import type { Mapping, MappingEntry } from '../mapping/mapping';
import type { MappingInput } from '../state/tables/mapping-entry';
import { methodOf } from '../wap/client/method';
import type { Open, PlanAddOnReference, Subscription, UsageEvent } from '../wap/types';
import { Able, NotKnown } from './able';
import { isoTime, isSuspended, type SubscriptionFacts, textIn } from './facts';
import {
  ignored,
  instanceKey,
  instanceKind,
  keyOf,
  offerOf,
  type TenantOutcome,
  type TenantReason,
  type TenantTools,
  waitingFor,
} from './tools';

/** The instances of add-ons of one subscription that billing was told of. */
export async function instancesIn(mapping: Mapping, subscriptionId: string): Promise<MappingEntry[]> {
  return mapping.store.transaction(tx => mapping.startingWith(tx, instanceKind, instanceKey(subscriptionId, '')));
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
  const able = new Able(tools);
  for (const key of gone) billed = await able.move('cancel', await tools.billing.subscriptions.state(key, call), at);
  const fresh = there.filter(({ AddOnInstanceId: instance }) => instance && !knows(known, subscriptionId, instance));
  if (!subscription || fresh.length === 0) {
    if (gone.length > 0) return { output: 'done', reason: able.reason, billed, entries: [] };
    // What is known already was made by an earlier delivery of this event.
    if (keysThere.size > 0) return { output: 'done', reason: null, billed: null, entries: [] };
    return ignored(subscription ? 'neverKnown' : 'goneFromWap');
  }
  if (!(await mapping.store.transaction(tx => mapping.findByWapId(tx, 'subscription', subscriptionId))))
    return waitingFor('subscriptionNotBilled');
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

/** Creates what is bought in billing, each since its own time. One that has to wait does not hold up the others. */
export async function billInstances(
  tools: TenantTools,
  subscription: Subscription,
  references: PlanAddOnReference[],
  { at, suspended }: { at: string; suspended: boolean },
): Promise<TenantOutcome> {
  const able = new Able(tools);
  const entries: MappingInput[] = [];
  let billed: BilledSubscription | null = null;
  let waits: TenantReason | null = null;
  for (const reference of references) {
    const wanted = await wantedOf(tools, subscription, reference, at);
    try {
      if (!wanted) throw new NotKnown('addOnNotMapped');
      billed = await able.ensure(wanted, notBilled(wanted.key));
    } catch (error) {
      if (!(error instanceof NotKnown)) throw error;
      waits ??= error.reason;
      continue;
    }
    if (suspended && billed.state !== 'absent') billed = await able.move('suspend', billed, at);
    const { key: wapId, remoteId: billingId } = billed;
    const name = nameOf(subscription);
    const entry = { kind: instanceKind, wapId, ...(name === null ? {} : { name }), note: reference.AddOnId };
    if (billingId) entries.push({ ...entry, billingId });
  }
  return waits ? waitingFor(waits, entries) : { output: 'done', reason: able.reason, billed, entries };
}

/** What is wanted in billing for one instance; `null` while its add-on is not mapped. */
async function wantedOf(
  { mapping }: TenantTools,
  subscription: Subscription,
  { AddOnId, AddOnInstanceId, AcquisitionTime }: PlanAddOnReference,
  at: string,
): Promise<WantedSubscription | null> {
  const offer = await offerOf(mapping, 'addon', AddOnId);
  if (!offer) return null;
  return {
    key: await keyOf(mapping, instanceKind, instanceKey(subscription.SubscriptionID, AddOnInstanceId ?? '')),
    ...offer,
    account: subscription.AccountAdminLiveEmailId,
    name: nameOf(subscription),
    since: AcquisitionTime ? isoTime(AcquisitionTime) : at,
  };
}

const nameOf = (subscription: Open): string | null => textIn(subscription, 'SubscriptionName') ?? null;

const compared = (subscriptionId: string, instance: string): string => foldId(instanceKey(subscriptionId, instance));

function knows(known: MappingEntry[], subscriptionId: string, instance: string): boolean {
  return known.some(({ wapId }) => foldId(wapId) === compared(subscriptionId, instance));
}
