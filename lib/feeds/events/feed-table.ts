import { foldId } from '../../ids';
import type { EventFeed, Open, UsageEvent } from '../../wap/types';

/** What events are about and refer to. */
export type EntityType = 'plan' | 'addon' | 'subscription';

/** One of them, its id as WAP wrote it. */
export interface EntityRef {
  type: EntityType;
  id: string;
}

/** What one feed says about entities (API page of each feed; parents are assumed where the page is silent). */
interface FeedRule {
  /** The entity the event is an account of, so that others may refer to it. */
  about: (event: UsageEvent) => EntityRef | null;
  /** What must be known before the event can be used; what the event leaves out is not waited for. */
  parents: (event: UsageEvent) => Array<EntityRef | null>;
}

/** An entity that the event's own body names in `field`. */
const entity = (type: EntityType, field: string) => (event: UsageEvent) => ref(type, entityOf(event)[field]);
/** The entity that WAP names as the parent of what the event is about. */
const parent = (type: EntityType) => (event: UsageEvent) => ref(type, event.EntityParentId);

/** One line a feed. dn448739, dn448616, dn448657, dn448617, dn448722, dn448734; `addOnServices` has no page. */
export const feedTable: Record<EventFeed, FeedRule> = {
  plans: { about: entity('plan', 'Id'), parents: () => [] },
  addons: { about: entity('addon', 'Id'), parents: () => [] },
  planServices: { about: () => null, parents: event => [parent('plan')(event)] },
  planAddons: { about: () => null, parents: event => [parent('plan')(event), entity('addon', 'AddOnId')(event)] },
  addOnServices: { about: () => null, parents: event => [parent('addon')(event)] },
  subscriptions: {
    about: entity('subscription', 'SubscriptionID'),
    parents: event => [entity('plan', 'PlanId')(event)],
  },
  subscriptionAddons: {
    about: () => null,
    parents: event => [parent('subscription')(event), entity('addon', 'AddOnId')(event)],
  },
};

/** The feed that says what becomes of each. */
export const feedOfEntity: Record<EntityType, EventFeed> = {
  plan: 'plans',
  addon: 'addons',
  subscription: 'subscriptions',
};

/** The parents an event names. */
export function parentsOf(feed: EventFeed, event: UsageEvent): EntityRef[] {
  return feedTable[feed].parents(event).filter(each => each !== null);
}

/** Events of one key go out in their order: those of one plan, add-on or subscription, its links included. */
export function orderKeyOf(feed: EventFeed, event: UsageEvent): string {
  const root = feedTable[feed].about(event) ?? parentsOf(feed, event)[0];
  return root ? keyOf(root) : `${feed}#${event.EventId}`;
}

/** The same for a GUID in either case. */
export function keyOf(of: EntityRef): string {
  return `${of.type}/${foldId(of.id)}`;
}

/** The entity behind a key of `keyOf`, its id folded; null for a text that is none. */
export function refOf(key: string): EntityRef | null {
  const [type, ...rest] = key.split('/');
  return type === 'plan' || type === 'addon' || type === 'subscription' ? ref(type, rest.join('/')) : null;
}

/** An entity that is named; null where the event leaves it out. */
function ref(type: EntityType, id: unknown): EntityRef | null {
  return typeof id === 'string' && id !== '' ? { type, id } : null;
}

/** The body of the event; empty where it has none. */
function entityOf(event: UsageEvent): Open {
  const value: unknown = event.Entity;
  return value !== null && typeof value === 'object' ? event.Entity : {};
}
