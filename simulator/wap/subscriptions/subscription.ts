import type { Open, PlanAddOn, PlanAddOnReference, ServiceQuotaSetting } from '../../../lib/wap/types';

/** dn448740 (SDK `Subscription`). Note the capital D of `SubscriptionID`. */
export interface Subscription extends Open {
  SubscriptionID: string;
  SubscriptionName: string | null;
  AccountAdminLiveEmailId: string | null;
  ServiceAdminLiveEmailId: string | null;
  CoAdminNames: string[] | null;
  AddOnReferences: PlanAddOnReference[];
  AddOns: PlanAddOn[];
  State: number;
  QuotaSyncState: number;
  ActivationSyncState: number;
  PlanId: string;
  Services: SubscriptionService[];
  LastErrorMessage: string | null;
  Features: string[] | null;
  OfferFriendlyName: string | null;
  OfferCategory: string | null;
  Created: string;
}

/** dn448671. */
export interface SubscriptionService extends Open {
  Type: string;
  State: string;
  QuotaSyncState: number;
  ActivationSyncState: number;
  BaseQuotaSettings: ServiceQuotaSetting[];
}

/** .NET's "no time", which stands where nothing is filled in. */
export const noTime = '0001-01-01T00:00:00';

/** The entity of a PATCH event: only what has changed, everything else at its default (dn448756). */
export function patchEntity(id: string, changed: Partial<Subscription>): Subscription {
  return {
    SubscriptionID: id,
    SubscriptionName: null,
    AccountAdminLiveEmailId: null,
    ServiceAdminLiveEmailId: null,
    CoAdminNames: null,
    AddOnReferences: [],
    AddOns: [],
    State: 0,
    QuotaSyncState: 0,
    ActivationSyncState: 0,
    PlanId: '',
    Services: [],
    LastErrorMessage: null,
    Features: null,
    OfferFriendlyName: null,
    OfferCategory: null,
    Created: noTime,
    ...changed,
  };
}
