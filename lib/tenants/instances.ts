import { absentSubscription, type BilledSubscription, type WantedSubscription } from '../billing/subscription-port';
import type { Mapping, MappingEntry } from '../mapping/mapping';
import type { MappingInput } from '../state/tables/mapping-entry';
import type { Open, PlanAddOnReference, Subscription } from '../wap/types';
import { isoTime, textIn } from './facts';
import { instanceKey, instanceKind, keyOf, offerOf } from './keys';
import { type TenantOutcome, type TenantReason, waitingFor } from './outcome';
import { NotKnown, SupportedVerbs } from './supported';
import { callOf, type TenantTools } from './tools';

/** The instances of add-ons of one subscription that billing was told of. */
export async function instancesIn(mapping: Mapping, subscriptionId: string): Promise<MappingEntry[]> {
  return mapping.store.transaction(tx => mapping.startingWith(tx, instanceKind, instanceKey(subscriptionId, '')));
}

/** Acts on each instance of an add-on of a subscription that has not ended in billing. */
export async function ofEachInstance(
  tools: TenantTools,
  id: string,
  act: (instance: BilledSubscription) => Promise<unknown>,
): Promise<void> {
  for (const { wapId } of await instancesIn(tools.mapping, id)) {
    const instance = await tools.billing.subscriptions.state(wapId, callOf(tools));
    if (instance.state === 'active' || instance.state === 'suspended') await act(instance);
  }
}

/** Creates in billing what tenants bought, each from its own time on. An instance that has to wait does not hold up the others.
 *  @throws BILLING_… */
export async function billInstances(
  tools: TenantTools,
  subscription: Subscription,
  references: PlanAddOnReference[],
  { at, suspended }: { at: string; suspended: boolean },
): Promise<TenantOutcome> {
  const verbs = new SupportedVerbs(tools);
  const entries: MappingInput[] = [];
  let billed: BilledSubscription | null = null;
  let waits: TenantReason | null = null;
  for (const reference of references) {
    const wanted = await wantedOf(tools, subscription, reference, at);
    try {
      if (!wanted) throw new NotKnown('addOnNotMapped');
      billed = await verbs.ensure(wanted, absentSubscription(wanted.key));
    } catch (error) {
      if (!(error instanceof NotKnown)) throw error;
      waits ??= error.reason;
      continue;
    }
    if (suspended && billed.state !== 'absent') billed = await verbs.move('suspend', billed, at);
    const { key: wapId, remoteId: billingId } = billed;
    const name = nameOf(subscription);
    const entry = { kind: instanceKind, wapId, ...(name === null ? {} : { name }), note: reference.AddOnId };
    if (billingId) entries.push({ ...entry, billingId });
  }
  return waits ? waitingFor(waits, entries) : { output: 'done', reason: verbs.reason, billed, entries };
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

/** The subscription's own name; instances have none. */
const nameOf = (subscription: Open): string | null => textIn(subscription, 'SubscriptionName') ?? null;
