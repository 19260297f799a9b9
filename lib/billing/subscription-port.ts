import { isSameId } from '../ids';
import type { BillingCall } from './port';

/** `absent`: billing does not have it. `suspended`: not charged for the time being. `cancelled`: ended for good. */
export type BilledState = 'absent' | 'active' | 'suspended' | 'cancelled';

/** The offer that a subscription is to. */
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

/** A subscription as billing shows it. */
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
  /** What billing supports; the other verbs throw INPUT_CONFIG. */
  readonly can: Readonly<Record<SubscriptionVerb, boolean>>;
  /** Creates it, or answers the one that has this key, whatever its offer and name.
   *  @throws BILLING_CONFLICT when another account or a cancelled one has the key; BILLING_NOT_FOUND when billing does
   *  not know the offer */
  ensure(wanted: WantedSubscription, call?: BillingCall): Promise<BilledSubscription>;
  state(key: string, call?: BillingCall): Promise<BilledSubscription>;
  /** `at` (ISO 8601 UTC) is when the change holds from.
   *  @throws BILLING_NOT_FOUND when billing has no such subscription or offer; BILLING_CONFLICT when it is cancelled */
  changePlan(key: string, offer: OfferName, at: string, call?: BillingCall): Promise<BilledSubscription>;
  suspend(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  resume(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  /** A subscription that billing does not have counts as cancelled. */
  cancel(key: string, at: string, call?: BillingCall): Promise<BilledSubscription>;
  /** In pages, where the provider can list; `null` where it cannot. */
  list: ((call?: BillingCall) => AsyncIterable<BilledSubscription[]>) | null;
}

/** A subscription that billing does not have. */
export function absentSubscription(key: string): BilledSubscription {
  return { key, remoteId: null, state: 'absent', offerKey: null, account: null, name: null };
}

/** Whether billing has the subscription on this offer; also true where billing does not say. Billing may name the offer by
 *  our key or by its own id. */
export function isOnOffer(
  { offerKey: shown }: Pick<BilledSubscription, 'offerKey'>,
  { offerKey, offerId }: OfferName,
): boolean {
  return shown === null || isSameId(shown, offerKey) || isSameId(shown, offerId ?? '');
}
