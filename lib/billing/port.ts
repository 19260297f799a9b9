import type { Kind, Open } from '../wap/types';

/** `absent`: not visible (yet). `draft`: visible, cannot be sold. `active`: can be sold. `retired`: no new sales. */
export type OfferState = 'absent' | 'draft' | 'active' | 'retired';

/** What is wanted in billing: the counterpart of a WAP plan or add-on. */
export interface Offer {
  /** The stable key in billing; by default the WAP id. */
  key: string;
  name: string;
  kind: Kind;
  description: string | null;
  /** Of one period; WAP's own is free text. */
  price: string | null;
  /** What usage costs, where the plan has prices for it. */
  rates: readonly Rate[];
  /** The WAP object it stands for, for templates that need more. */
  plan: Open;
}

/** The price of one meter in a plan. */
export interface Rate {
  /** As the meter's rules name it. */
  meter: string;
  unit: string | null;
  /** Exact decimal, `.` as its point, in the currency of the connection. */
  unitPrice: string;
}

/** An offer as billing knows it. */
export interface OfferRef {
  key: string;
  /** Billing's own id; `null` while absent. */
  remoteId: string | null;
  state: OfferState;
  version: string | null;
  /** Only in lists, and only where the provider reads it. */
  name?: string;
}

/** What every call takes: aborting `signal` ends it with ABORTED. */
export interface BillingCall {
  signal?: AbortSignal;
}

/** The offers of one billing system. Errors are AdapterError with a `BILLING_…` code. */
export interface BillingProvider {
  /** Creates the offer, or compares it with the one that has this key: never a blind create, safe to repeat.
   *  @throws BILLING_OFFER_DIFFERS when another offer has the key */
  ensureOffer(wanted: Offer, call?: BillingCall): Promise<OfferRef>;
  /** `state: 'absent'` when billing does not show it (yet). */
  offerState(key: string, call?: BillingCall): Promise<OfferRef>;
  /** Every offer; `null` where the provider cannot list. */
  listOffers: ((call?: BillingCall) => Promise<OfferRef[]>) | null;
  /** Makes it sellable; already active is success. */
  publishOffer(key: string, call?: BillingCall): Promise<OfferRef>;
  /** Ends sales and keeps the history; already retired or absent is success. */
  retireOffer(key: string, call?: BillingCall): Promise<OfferRef>;
  /** For Test connection: resolves when billing answers and accepts the credentials. */
  check(call?: BillingCall): Promise<void>;
}

/** An offer that billing does not show. */
export function absentOffer(key: string): OfferRef {
  return { key, remoteId: null, state: 'absent', version: null };
}

/** Creates the offer, or compares it with the one that has its key; with `publish` a draft becomes sellable at once.
 *  An offer that was retired stays retired. Safe to repeat.
 *  @throws BILLING_OFFER_DIFFERS when another offer has the key; BILLING_NOT_FOUND (retryable) when it must be published
 *  and billing does not show it yet */
export async function createOffer(
  provider: BillingProvider,
  wanted: Offer,
  publish: boolean,
  call: BillingCall = {},
): Promise<OfferRef> {
  const offer = await provider.ensureOffer(wanted, call);
  const isForSale = offer.state === 'active' || offer.state === 'retired';
  return publish && !isForSale ? provider.publishOffer(wanted.key, call) : offer;
}
