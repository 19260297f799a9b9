import { isObject, type JsonObject } from '../json-body';
import { badRequest } from './errors';
import {
  type SeedAddOn,
  type SeedEvent,
  type SeedPlan,
  type SeedSubscription,
  type WapSeed,
  wapFeeds,
} from './options';
import { addOnReference, advertisements, integer, serviceQuotas, text } from './read';

/** A seed that came as JSON. @throws 400 */
export function readSeed(body: JsonObject): WapSeed {
  return {
    addons: list(body, 'addons').map((item): SeedAddOn => ({ ...item, ...named(item) })),
    plans: list(body, 'plans').map((item): SeedPlan => ({ ...item, ...named(item), ...links(item) })),
    subscriptions: list(body, 'subscriptions').map(
      (item): SeedSubscription => ({ ...item, PlanId: text(item, 'PlanId'), ...links(item) }),
    ),
    events: list(body, 'events').map(event),
  };
}

function event(item: JsonObject): SeedEvent {
  const feed = wapFeeds.find(known => known === item.feed);
  if (!feed || !isObject(item.Entity)) throw badRequest('An event needs its feed and its Entity.', 'events');
  if ('EventId' in item) integer(item, 'EventId', id => id >= 0);
  return { ...item, feed, Entity: item.Entity };
}

function list(body: JsonObject, name: string): JsonObject[] {
  const value: unknown = body[name] ?? [];
  if (!Array.isArray(value) || !value.every(isObject)) throw badRequest(`${name} must be a list of objects.`, name);
  return value;
}

function named(item: JsonObject) {
  return {
    DisplayName: text(item, 'DisplayName'),
    Advertisements: advertisements(item),
    ServiceQuotas: serviceQuotas(item),
  };
}

function links(item: JsonObject) {
  const references = list(item, 'AddOnReferences');
  return { AddOnReferences: references.map(addOnReference) };
}
