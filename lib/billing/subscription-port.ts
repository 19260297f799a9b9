import type { BillingCall } from './port';

export type BilledState = 'absent' | 'active' | 'suspended' | 'cancelled';

/** What is wanted in billing: the counterpart of a WAP subscription. */
export interface WantedSubscription {
  /** The stable key in billing: WAP's SubscriptionID. */
  key: string;
  /** Key of the offer it is to: WAP's plan id unless mapped. */
  offerKey: string;
  /** Who pays: `AccountAdminLiveEmailId`. */
  account: string | null;
  name: string | null;
  /** Since when, ISO 8601 UTC. */
  since: string;
}

export interface BilledSubscription {
  key: string;
  /** Billing's own id; `null` while absent. */
  remoteId: string | null;
  state: BilledState;
  offerKey: string | null;
}

/** Subscriptions of one billing system. Every verb is safe to repeat: already so is success. */
export interface SubscriptionPort {
  /** Creates it, or compares it with the one that has this key.
   *  @throws BILLING_CONFLICT when another account or a cancelled one has the key */
  ensure(wanted: WantedSubscription, call?: BillingCall): Promise<BilledSubscription>;
  state(key: string, call?: BillingCall): Promise<BilledSubscription>;
  /** `at` (ISO 8601 UTC) is when the change holds from. */
  changePlan(key: string, offerKey: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  suspend(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  resume(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  cancel(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  /** In pages, where the provider can list; `null` where it cannot. */
  list: ((call?: BillingCall) => AsyncIterable<BilledSubscription[]>) | null;
}
