import type { AdapterError } from '../errors';
import type { BillingCall } from './port';

/** A quantity to bill: one meter of one subscription in one period. */
export interface UsageItem {
  /** Stable key, the same however often the item is sent: made of installation, feed and EventId, or of meter and window. Not
   *  longer than billing takes. */
  key: string;
  /** Billing's id of the subscription, from the mapping. */
  subscription: string;
  /** WAP's id of the subscription. */
  wapSubscriptionId: string;
  meter: string;
  unit: string | null;
  /** Exact decimal, `.` as its point. Negative only in an adjustment. */
  quantity: string;
  /** ISO 8601 UTC. */
  startTime: string;
  endTime: string;
  /** Corrects a window that was billed already. */
  adjustment: boolean;
  properties: Record<string, string>;
}

/** What became of one item. `duplicate`: billing had it, which is as good as delivered. */
export type SendOutcome =
  | { outcome: 'delivered' | 'duplicate' }
  | { outcome: 'retry'; afterMs: number | null; reason: string }
  | { outcome: 'rejected'; reason: string };

/** What a billing system can take. */
export interface UsageLimits {
  /** Items in one call. */
  batch: number;
  /** What all items of one call have in common; left out: nothing. */
  groupBy?: 'subscription';
  /** Calls a second; `null`: no limit known. */
  callsPerSecond: number | null;
  /** The oldest `endTime` it takes, ms before now; `null`: any. */
  maxAgeMs: number | null;
  /** How long it recognises a key, ms; `null`: for ever. */
  dedupeWindowMs: number | null;
  /** Characters of the longest key it takes; `null`: not known, so at most 100 are sent. */
  maxKeyLength: number | null;
}

/** Usage intake of one billing system. */
export interface UsageSink {
  readonly limits: UsageLimits;
  /** One outcome per item, in the order sent; at most `limits.batch` items. A lost answer is `retry`, never a guess.
   *  @throws BILLING_AUTH, BILLING_TEMPLATE … when nothing is known of any item: all have to be sent again */
  send(items: UsageItem[], call?: BillingCall): Promise<SendOutcome[]>;
}

/** Billing looked at the values and does not want them: the same again would be refused again. */
export function isRefusal(error: AdapterError): boolean {
  return error.code === 'BILLING_INPUT' || error.code === 'BILLING_CONFLICT';
}
