/** Public types of the package, for flows' function nodes, other packages and tests. */

export type { BillingConnection } from './lib/billing/connection';
export type { BillingProvider, Offer, OfferRef, OfferState, Rate } from './lib/billing/port';
export type { OpenedProvider, ProviderTools } from './lib/billing/provider';
export type { ProviderForm } from './lib/billing/provider-form';
export type { RestCreate, RestList, RestOperation, RestStep, RestTemplates } from './lib/billing/rest/templates';
export type { BillingAuth, BillingSettings } from './lib/billing/settings';
export type {
  BilledState,
  BilledSubscription,
  SubscriptionPort,
  WantedSubscription,
} from './lib/billing/subscription-port';
export type { ProviderPlugin } from './lib/billing/systems/plugin';
export type { System } from './lib/billing/systems/system';
export type { SendOutcome, UsageItem, UsageLimits, UsageSink } from './lib/billing/usage-port';
export type { ErrorCause, ErrorCode } from './lib/errors';
export type { Quantity } from './lib/usage/quantity';
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
  Subscription,
  UsageEvent,
  UsageRecord,
} from './lib/wap/types';
export type { RunDescription, StepDescription } from './lib/workflow/describe';
export type {
  AdapterMessage,
  ApprovalPart,
  BillingPart,
  DeliveryPart,
  MappingPart,
  PricingPart,
  ReportPart,
  WapPart,
} from './runtime/message';
