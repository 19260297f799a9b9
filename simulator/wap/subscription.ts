import type { Open, PlanAddOn, PlanAddOnReference } from '../../lib/wap/types';

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
  Services: Open[];
  LastErrorMessage: string | null;
  Features: string[] | null;
  OfferFriendlyName: string | null;
  OfferCategory: string | null;
  Created: string;
}
