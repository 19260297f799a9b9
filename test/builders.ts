import type { Plan, PlanAddOn, ServiceQuota, UsageEvent } from '../lib/wap/types';

/** A public, configured plan with one SQL service and its quota. */
export function aPlan(overrides: Partial<Plan> = {}): Plan {
  return {
    Id: 'Goldb4n7qk2x',
    DisplayName: 'Gold',
    State: 1,
    ConfigState: 1,
    QuotaSyncState: 0,
    LastErrorMessage: null,
    Advertisements: [{ LanguageCode: 'en-us', DisplayName: 'Gold', Description: 'Databases for a team' }],
    ServiceQuotas: [aQuota()],
    SubscriptionCount: 0,
    MaxSubscriptionsPerAccount: 1,
    AddOnReferences: [],
    AddOns: [],
    InvitationCode: null,
    Price: '19.90 EUR per month',
    ...overrides,
  };
}

/** A public, configured add-on that raises the quota of `aPlan`. */
export function anAddOn(overrides: Partial<PlanAddOn> = {}): PlanAddOn {
  return {
    Id: 'MoreDbt5w8r1zj',
    DisplayName: 'More Databases',
    State: 1,
    ConfigState: 1,
    QuotaSyncState: 0,
    LastErrorMessage: null,
    Advertisements: [{ LanguageCode: 'en-us', DisplayName: 'More Databases', Description: null }],
    ServiceQuotas: [aQuota()],
    SubscriptionCount: 0,
    AssociatedPlans: [],
    MaxOccurrencesPerPlan: 1,
    Price: '4.00 EUR per month',
    ...overrides,
  };
}

/** The quota of the SQL service that the simulated WAP offers. */
export function aQuota(overrides: Partial<ServiceQuota> = {}): ServiceQuota {
  return {
    ServiceName: 'sqlservers',
    ServiceInstanceId: '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11',
    ServiceDisplayName: 'SQL Servers',
    ServiceInstanceDisplayName: null,
    ConfigState: 1,
    QuotaSyncState: 0,
    Settings: [
      { Key: 'Editions', Value: '[{"displayName": "Default", "groupName": "Default", "resourceCount": "5"}]' },
    ],
    ...overrides,
  };
}

/** An acknowledged event: `aPlan` was created. */
export function anEvent(overrides: Partial<UsageEvent> = {}): UsageEvent {
  return {
    EventId: 1,
    State: 0,
    Method: 'POST',
    Entity: aPlan({
      State: 0,
      ConfigState: 0,
      QuotaSyncState: 2,
      ServiceQuotas: [aQuota({ ConfigState: 0, QuotaSyncState: 2, Settings: [] })],
    }),
    EntityParentId: null,
    NotificationEventTimeCreated: '2026-03-01T09:00:12.307',
    ...overrides,
  };
}
