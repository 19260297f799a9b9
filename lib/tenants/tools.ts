import type { Clock } from '../async/clock';
import type { BillingConnection } from '../billing/providers';
import type { BilledSubscription, OfferName } from '../billing/subscription-port';
import type { Mapping } from '../mapping/mapping';
import type { MappingInput } from '../state/tables/mapping-entry';
import type { WapConnection } from '../wap/connection';

/** What a tenant's subscription is followed with. */
export interface TenantTools {
  wap: Pick<WapConnection, 'installation' | 'subscriptions'>;
  billing: Pick<BillingConnection, 'subscriptions' | 'provider'>;
  mapping: Mapping;
  clock: Clock;
  signal?: AbortSignal;
}

/** Kinds of mapping entries for what tenants have. */
export const subscriptionKind = 'subscription';
/** Its WAP id is `<SubscriptionID>.<AddOnInstanceId>`, which is its key in billing too. */
export const instanceKind = 'subscriptionAddon';

export const instanceKey = (subscriptionId: string, instanceId: string): string => `${subscriptionId}.${instanceId}`;

/** What became of an event or a verb. `entries` belong into the mapping, with the result of the step. */
export interface TenantOutcome {
  output: 'done' | 'ignored' | 'waiting';
  /** Why nothing was done or something was left out, or what is waited for; a key of the node's texts. */
  reason: TenantReason | null;
  /** The subscription, or of an add-on its first instance, as billing has it now. */
  billed: BilledSubscription | null;
  entries: MappingInput[];
}

export type TenantReason =
  | 'notCommitted'
  | 'notRelevant'
  | 'superseded'
  | 'neverKnown'
  | 'goneFromWap'
  | 'planNotMapped'
  | 'addOnNotMapped'
  | 'offerNotThere'
  | 'accountNotThere'
  | 'notSupported'
  | 'subscriptionNotBilled';

export const ignored = (reason: TenantReason): TenantOutcome => ({
  ...{ output: 'ignored', reason, billed: null, entries: [] },
});
export const waitingFor = (reason: TenantReason, entries: MappingInput[] = []): TenantOutcome => ({
  ...{ output: 'waiting', reason, billed: null, entries },
});

/** Under which billing knows what has this id in WAP: as the mapping has it, since billing may tell spellings apart. */
export async function keyOf(mapping: Mapping, kind: string, id: string): Promise<string> {
  return (await mapping.store.transaction(tx => mapping.findByWapId(tx, kind, id)))?.wapId ?? id;
}

/** The offer of a plan or add-on; null while it is not mapped. */
export async function offerOf(mapping: Mapping, kind: 'plan' | 'addon', id: string): Promise<OfferName | null> {
  const entry = await mapping.store.transaction(tx => mapping.findByWapId(tx, kind, id));
  return entry && { offerKey: entry.wapId, offerId: entry.billingId };
}
