import type { Kind, Open } from '../wap/types';

/** `absent`: not (yet) visible. `draft`: visible, cannot be sold. `active`: can be sold. `retired`: no new sales. */
export type OfferState = 'absent' | 'draft' | 'active' | 'retired';

/** What is wanted in billing: the counterpart of a WAP plan or add-on. */
export interface Offer {
  /** The stable key in billing; by default the WAP id. */
  key: string;
  name: string;
  kind: Kind;
  description: string | null;
  price: string | null;
  /** The WAP object it stands for, for templates that need more. */
  plan: Open;
}

/** An offer as billing knows it. `remoteId` is billing's own id, `null` while absent. */
export interface OfferRef {
  key: string;
  remoteId: string | null;
  state: OfferState;
  version: string | null;
  /** Where the template of a list gives it. */
  name?: string;
}

export interface BillingCall {
  signal?: AbortSignal;
}

/** One billing system behind one interface. Errors are AdapterError with a `BILLING_…` code. */
export interface BillingProvider {
  /** Creates the offer, or compares it with the one that has this key: never a blind create, safe to repeat.
   *  @throws BILLING_OFFER_DIFFERS when another offer has the key. */
  ensureOffer(wanted: Offer, call?: BillingCall): Promise<OfferRef>;
  /** `state: 'absent'` when billing does not show it (yet). */
  offerState(key: string, call?: BillingCall): Promise<OfferRef>;
  /** All offers, where the provider can list; `null` where it cannot. */
  listOffers: ((call?: BillingCall) => Promise<OfferRef[]>) | null;
  /** Makes it sellable; already active is success. */
  publishOffer(key: string, call?: BillingCall): Promise<OfferRef>;
  /** No new sales; history stays. Already retired or absent is success. */
  retireOffer(key: string, call?: BillingCall): Promise<OfferRef>;
  /** For Test connection: resolves when billing answers and accepts the credentials. */
  check(call?: BillingCall): Promise<void>;
}
