/** What the intake of usage takes, and how it remembers. */
export interface UsageIntakeOptions {
  /** `full` keeps every record; `digest` only its id, in about 27 bytes, and the totals, which are not
   *  saved. Default `full`. */
  ledger?: 'full' | 'digest';
  /** Records in one call; more are refused with 400. Default 1000. */
  batch?: number;
  /** `known`: a record for a subscription that billing does not have is rejected. Default `any`. */
  subscriptions?: 'any' | 'known';
  /** Meters that are known; others are rejected. Default: any. */
  meters?: string[];
  /** How long an id is known again; later the same record counts anew. Default: for ever. */
  dedupeWindowMs?: number;
  /** Calls in a period; the next ones are answered 429 with Retry-After. Default: no limit. */
  rateLimit?: { calls: number; perMs: number };
}

/** The sum of one meter of one subscription. */
export interface UsageTotal {
  subscription: string;
  meter: string;
  /** Exact decimal without trailing zeros. */
  quantity: string;
  /** Records in it. */
  count: number;
}

/** By `endTime`, from (included) to (not included), ISO 8601. With a `digest` ledger whole UTC days only. */
export interface TotalsQuery {
  from?: string;
  to?: string;
  subscription?: string;
}

export type SimulatedSubscriptionState = 'active' | 'suspended' | 'cancelled';

/** One step in the life of a subscription. */
export interface SubscriptionStep {
  step: 'created' | 'suspended' | 'resumed' | 'cancelled' | 'plan-changed';
  /** When it holds from, as the caller said (ISO 8601 UTC); when the caller said nothing, the time of the call. */
  at: string;
  offer: string;
}

/** A subscription but for billing's own id. */
export interface SubscriptionContent {
  [field: string]: unknown;
  /** The caller's key. */
  key: string;
  /** Key of the offer. */
  offer: string;
  account: string | null;
  name: string | null;
  state: SimulatedSubscriptionState;
  history: SubscriptionStep[];
}

/** As the API shows it; unknown fields sent are kept. */
export interface SimulatedSubscription extends SubscriptionContent {
  /** Billing's own id. */
  id: string;
}

export interface SeedBilledSubscription {
  [field: string]: unknown;
  key: string;
  offer: string;
  state?: SimulatedSubscriptionState;
}
