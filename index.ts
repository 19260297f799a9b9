/** Public types of the package, for flows' function nodes, other packages and tests. */
export type { Offer, OfferRef, OfferState } from './lib/billing/port';
export type { ErrorCause, ErrorCode } from './lib/errors';
export type {
  EventFeed,
  Kind,
  Plan,
  PlanAddOn,
  PlanAddOnReference,
  PlanAdvertisement,
  PlanOrAddOn,
  ResourceProvider,
  ServiceQuota,
  ServiceQuotaSetting,
  UsageEvent,
} from './lib/wap/types';
export type { AdapterMessage, BillingPart, DeliveryPart, MappingPart, WapPart } from './runtime/message';
