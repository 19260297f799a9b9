import type { BillingCall } from './port';

export type BilledState = 'absent' | 'active' | 'suspended' | 'cancelled';

/** The plan of a subscription. */
export interface OfferName {
  /** Key of the offer: WAP's id of the plan or add-on. */
  offerKey: string;
  /** Billing's own id of the offer, from the mapping; null when it is not mapped. */
  offerId: string | null;
}

/** What is wanted in billing: the counterpart of a WAP subscription, or of one instance of an add-on. */
export interface WantedSubscription extends OfferName {
  /** The stable key in billing: WAP's SubscriptionID; of an add-on `<SubscriptionID>.<AddOnInstanceId>`. */
  key: string;
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
  /** `null` where billing does not say. */
  account: string | null;
  name: string | null;
}

/** What can be done to a subscription. */
export type SubscriptionVerb = 'create' | 'changePlan' | 'suspend' | 'resume' | 'cancel';

/** Subscriptions of one billing system. Every verb is safe to repeat: already so is success. */
export interface SubscriptionPort {
  /** Whether billing keeps subscriptions that can be read at all. */
  readonly kept: boolean;
  /** What billing is able to do; the other verbs throw INPUT_CONFIG. */
  readonly can: Readonly<Record<SubscriptionVerb, boolean>>;
  /** Creates it, or gives the one that has this key, whatever its offer and name.
   *  @throws BILLING_CONFLICT when another account or a cancelled one has the key; BILLING_NOT_FOUND when billing does
   *  not know the offer */
  ensure(wanted: WantedSubscription, call?: BillingCall): Promise<BilledSubscription>;
  state(key: string, call?: BillingCall): Promise<BilledSubscription>;
  /** `at` (ISO 8601 UTC) is when the change holds from.
   *  @throws BILLING_NOT_FOUND when billing has no such subscription or offer; BILLING_CONFLICT when it is cancelled */
  changePlan(key: string, offer: OfferName, at: string, call?: BillingCall): Promise<BilledSubscription>;
  suspend(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  resume(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  /** One that billing does not have counts as cancelled. */
  cancel(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  /** In pages, where the provider can list; `null` where it cannot. */
  list: ((call?: BillingCall) => AsyncIterable<BilledSubscription[]>) | null;
}
