import type { BillingCall, BillingProvider, Offer, OfferRef } from './port';

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
