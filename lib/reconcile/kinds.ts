import type { KindPair } from '../state/tables/reconcile';
import { instanceKind, subscriptionKind } from '../tenants/tools';

/** What is compared, in this order; add-ons share their kind in billing with plans, their instances with subscriptions. */
export const kindPairs: KindPair[] = [
  { kind: 'plan', billingKind: 'offer', otherKind: 'addon' },
  { kind: 'addon', billingKind: 'offer', otherKind: 'plan' },
  { kind: subscriptionKind, billingKind: 'subscription', otherKind: instanceKind },
  { kind: instanceKind, billingKind: 'subscription', otherKind: subscriptionKind },
];
