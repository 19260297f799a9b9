/** The objects of WAP's admin and usage APIs as documented, with WAP's field names. Unknown fields are kept, so every object
 *  type is open. Enums are integers on the wire. */

/** What WAP sells: a plan, or an add-on to a plan. `addon` is our word; WAP writes `AddOn`. */
export type Kind = 'plan' | 'addon';

/** `State` of a plan or add-on (dn448627, dn448610). */
export const planState = { private: 0, public: 1, decommissioned: 2 } as const;
export type PlanStateName = keyof typeof planState;

/** `ConfigState` (dn448627). */
export const configState = { notConfigured: 0, configured: 1 } as const;

/** `QuotaSyncState` (dn448627). */
export const quotaSyncState = { inSync: 0, syncing: 1, outOfSync: 2 } as const;

/** Any other field that WAP writes; kept, so that an object can be sent back whole. */
export interface Open {
  [field: string]: unknown;
}

/** One language of a plan's public text (SDK, dn448824 sample). */
export interface PlanAdvertisement extends Open {
  LanguageCode: string;
  DisplayName: string | null;
  Description: string | null;
}

/** `Value` is opaque text, often itself JSON or XML: copied byte for byte. */
export interface ServiceQuotaSetting extends Open {
  Key: string;
  Value: string;
}

/** A service of a plan and its quotas (dn448788). */
export interface ServiceQuota extends Open {
  ServiceName: string;
  /** Which of a service's instances: a service may be registered more than once. */
  ServiceInstanceId: string;
  ServiceDisplayName?: string | null;
  ServiceInstanceDisplayName?: string | null;
  ConfigState?: number;
  QuotaSyncState?: number;
  Settings: ServiceQuotaSetting[];
}

/** A plan's link to an add-on (dn448650, dn448772). */
export interface PlanAddOnReference extends Open {
  AddOnId: string;
  AddOnInstanceId: string | null;
  AcquisitionTime: string | null;
}

/** A service to add to a plan or add-on (dn448765). */
export interface ResourceProviderReference extends Open {
  Name: string;
  InstanceId: string;
  ConfigState: number;
}

/** What plans and add-ons share. */
export interface PlanBase extends Open {
  Id: string;
  /** Unique in WAP. */
  DisplayName: string;
  State: number;
  ConfigState: number;
  QuotaSyncState: number;
  LastErrorMessage: string | null;
  Advertisements: PlanAdvertisement[];
  ServiceQuotas: ServiceQuota[];
  /** Null: WAP does not say. */
  SubscriptionCount: number | null;
  Price: string | null;
}

/** dn448627. */
export interface Plan extends PlanBase {
  /** -1: any number. */
  MaxSubscriptionsPerAccount: number;
  AddOnReferences: PlanAddOnReference[];
  AddOns: PlanAddOn[];
  InvitationCode: string | null;
}

/** dn448610. */
export interface PlanAddOn extends PlanBase {
  AssociatedPlans: Plan[];
  /** How often one subscription can have it; -1: any number. */
  MaxOccurrencesPerPlan: number;
}

/** Either; `isPlan` tells which. */
export type PlanOrAddOn = Plan | PlanAddOn;

/** What is sent to create a plan or add-on: its name, and whatever else is known. */
export type PlanDraft = { DisplayName: string } & Open;

/** dn448736, dn448760. Endpoint credentials are removed on reading: nothing here needs them. */
export interface ResourceProvider extends Open {
  Name: string;
  DisplayName: string | null;
  InstanceId: string;
  InstanceDisplayName?: string | null;
  Enabled: boolean;
  Type?: number;
}

/** dn448612, dn448648 (SDK ResourceMetricSet). */
export interface MetricSet extends Open {
  Name: string;
  Unit: string;
  Values: Array<{
    TimeCreated: string;
    Total: number | null;
    Minimum: number | null;
    Maximum: number | null;
    Count: number;
  }>;
}

/** Feeds of the usage service with events (dn448739 and its siblings); each has its own cursor. */
export const eventFeeds = [
  'plans',
  'addons',
  'planServices',
  'planAddons',
  'subscriptions',
  'subscriptionAddons',
  'addOnServices',
] as const;
export type EventFeed = (typeof eventFeeds)[number];

/** `State` of an event (dn448756). */
export const eventState = { acknowledged: 0, rejected: 1, pending: 2, approved: 3 } as const;

/** dn448756. `Entity` of a PATCH holds only the changed properties. */
export interface UsageEvent extends Open {
  EventId: number;
  State: number;
  Method: string;
  Entity: Open;
  /** What the entity belongs to, such as the subscription of an add-on. */
  EntityParentId: string | null;
  NotificationEventTimeCreated: string;
}

/** dn448669. Times are UTC without a zone mark; `Resources` maps a meter to its value as text. */
export interface UsageRecord extends Open {
  EventId: number;
  /** The provider's own id: the same record under a new `EventId` has it again. */
  ExternalRecordId: string | null;
  ResourceId: string | null;
  StartTime: string;
  EndTime: string;
  ProviderName: string;
  ServiceType: string;
  SubscriptionId: string;
  Properties: Record<string, string> | null;
  Resources: Record<string, string>;
}

/** `State` of a subscription (dn448740). */
export const subscriptionState = { none: 0, active: 1, suspended: 2, deletePending: 3 } as const;

/** AdminSubscription (dn448740). Mind the capital D of `SubscriptionID`. */
export interface Subscription extends Open {
  SubscriptionID: string;
  SubscriptionName: string | null;
  AccountAdminLiveEmailId: string | null;
  ServiceAdminLiveEmailId: string | null;
  CoAdminNames: string[];
  AddOnReferences: PlanAddOnReference[];
  AddOns: PlanAddOn[];
  State: number;
  QuotaSyncState: number;
  ActivationSyncState: number;
  PlanId: string;
  LastErrorMessage: string | null;
  OfferFriendlyName: string | null;
  Created: string;
}

/** One page of subscriptions or users (dn448827); the names are lower camel on the wire. */
export interface Paged<T> {
  items: T[];
  filteredTotalCount: number | null;
  totalCount: number | null;
}
