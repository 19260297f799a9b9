import type { BilledSubscription } from '../billing/subscription-port';
import type { MappingInput } from '../state/tables/mapping-entry';

/** What became of an event or a verb. `entries` belong into the mapping, with the result of the step. */
export interface TenantOutcome {
  output: 'done' | 'ignored' | 'waiting';
  /** Why nothing was done or something was left out, or what is waited for; a key of the node's texts. */
  reason: TenantReason | null;
  /** The subscription, or of an add-on its first instance, as billing has it now. */
  billed: BilledSubscription | null;
  entries: MappingInput[];
}

/** Keys of the node's texts `reason.<key>`. */
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

/** The event or verb needs nothing in billing. */
export const ignored = (reason: TenantReason): TenantOutcome => ({
  ...{ output: 'ignored', reason, billed: null, entries: [] },
});
/** The event or verb has to come again; `entries` of what was done already still belong into the mapping. */
export const waitingFor = (reason: TenantReason, entries: MappingInput[] = []): TenantOutcome => ({
  ...{ output: 'waiting', reason, billed: null, entries },
});
