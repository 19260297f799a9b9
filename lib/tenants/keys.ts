import type { OfferName } from '../billing/subscription-port';
import type { Mapping } from '../mapping/mapping';

/** The mapping's kind of a subscription. */
export const subscriptionKind = 'subscription';
/** The mapping's kind of an instance of an add-on. Its WAP id is `<SubscriptionID>.<AddOnInstanceId>`, and so is its key in
 *  billing. */
export const instanceKind = 'subscriptionAddon';

/** With an empty instance it is how all keys of the subscription's instances begin. */
export const instanceKey = (subscriptionId: string, instanceId: string): string => `${subscriptionId}.${instanceId}`;

/** The key under which billing knows what has this id in WAP: as the mapping spells it, because billing may tell spellings
 *  apart. */
export async function keyOf(mapping: Mapping, kind: string, id: string): Promise<string> {
  return (await mapping.store.transaction(tx => mapping.findByWapId(tx, kind, id)))?.wapId ?? id;
}

/** The offer of a plan or add-on; null while it is not mapped. */
export async function offerOf(mapping: Mapping, kind: 'plan' | 'addon', id: string): Promise<OfferName | null> {
  const entry = await mapping.store.transaction(tx => mapping.findByWapId(tx, kind, id));
  return entry && { offerKey: entry.wapId, offerId: entry.billingId };
}
