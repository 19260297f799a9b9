import type { StoredEvent } from '../events/event';
import type { Subscription } from '../subscriptions/subscription';

/** An adapter that WAP asks, as `Set-MgmtSvcNotificationSubscriber` registers it. */
export interface ApprovalSubscriber {
  /** Registering a known name again changes it; default: the type. */
  name?: string;
  /** `/subscriptions`, `/subscriptionAddons`, `/planPrice` and `/addonPrice` are put behind it. */
  endpoint: string;
  /** `billing` and `mandatory` block: WAP waits for their answer. `optional` is only told. */
  type: 'billing' | 'mandatory' | 'optional';
  /** Basic authentication; without a user none is sent. */
  user?: string;
  password?: string;
  /** The verb of an add-on's purchase: the page's table says PUT (default), its example POST (dn448726). */
  addOnVerb?: 'PUT' | 'POST';
  /** Take any certificate, as for a self-signed one. */
  insecure?: boolean;
}

/** What one subscriber said. `status` is null when no answer came: `outcome` tells why. */
export interface ApprovalVerdict {
  subscriber: string;
  blocking: boolean;
  outcome: 'accepted' | 'denied' | 'timeout' | 'unreachable';
  status: number | null;
}

/** What became of a tenant's wish. */
export interface TenantAnswer {
  accepted: boolean;
  /** Acknowledged (0) or rejected (1), as the feed shows it now. */
  event: StoredEvent;
  verdicts: ApprovalVerdict[];
  /** As WAP holds it now; null when there is none. */
  subscription: Subscription | null;
}

/** Parameters of a price request. One left out is not sent. */
export interface PriceQuery {
  region?: string;
  username?: string;
  subscriptionId?: string;
}

export interface PriceAnswer {
  /** null when no answer came in time. */
  status: number | null;
  /** What the portal shows: a JSON string is unpacked, any other text taken as it is; null when it was no success. */
  price: string | null;
}

/** What tenants do on their portal. Each asks the subscribers first and ends when WAP has decided. Rejects with an
 *  Error that has a `status` when WAP itself refuses (unknown id, plan not public …): then nobody was asked. */
export interface Tenant {
  /** The plan must be public, and `MaxSubscriptionsPerAccount` is watched. */
  subscribe(
    planId: string,
    user: string,
    more?: { SubscriptionID?: string; SubscriptionName?: string },
  ): Promise<TenantAnswer>;
  unsubscribe(subscriptionId: string): Promise<TenantAnswer>;
  buyAddOn(subscriptionId: string, addOnId: string): Promise<TenantAnswer>;
  /** Without an instance: the newest one of this add-on. */
  dropAddOn(subscriptionId: string, addOnId: string, addOnInstanceId?: string): Promise<TenantAnswer>;
  /** Sent as PUT with the whole entity (default), or as PATCH with only what changes. */
  update(
    subscriptionId: string,
    change: { SubscriptionName?: string; CoAdminNames?: string[] },
    method?: 'PUT' | 'PATCH',
  ): Promise<TenantAnswer>;
  /** Asks the first enabled subscriber of type `billing`; `id` is of a plan or of an add-on. */
  price(id: string, query?: PriceQuery): Promise<PriceAnswer>;
}
