import type { UsageEvent } from '../../../lib/wap/types';

/** `addOnServices` has no page: 404. */
export const wapFeeds = [
  'plans',
  'addons',
  'planServices',
  'planAddons',
  'subscriptions',
  'subscriptionAddons',
] as const;
export type WapFeed = (typeof wapFeeds)[number];

export type StoredEvent = UsageEvent & { feed: WapFeed };
