import { isObject, type JsonObject } from '../../json-body';
import { badRequest } from '../errors';
import { wapFeeds } from '../events/event';
import type { SeedAddOn, SeedEvent, SeedHerd, SeedPlan, SeedSubscription, SeedUser, WapSeed } from '../options';
import { addOnReference, advertisements, integer, serviceQuotas, text } from '../read';
import type { SeedUsageRecord, UsagePlan } from '../usage/options';

/** A seed that came as JSON. @throws 400 */
export function readSeed(body: JsonObject): WapSeed {
  return {
    addons: list(body, 'addons').map((item): SeedAddOn => ({ ...item, ...named(item) })),
    plans: list(body, 'plans').map((item): SeedPlan => ({ ...item, ...named(item), ...links(item) })),
    subscriptions: list(body, 'subscriptions').map(
      (item): SeedSubscription => ({ ...item, PlanId: text(item, 'PlanId'), ...links(item) }),
    ),
    users: list(body, 'users').map((item): SeedUser => ({ ...item, Name: text(item, 'Name') })),
    events: list(body, 'events').map(event),
    ...(isObject(body.herd) ? { herd: herd(body.herd) } : {}),
    ...(body.usage === undefined ? {} : { usage: usage(body) }),
  };
}

function herd(item: JsonObject): SeedHerd {
  const ids = (name: string): Record<string, string[]> =>
    item[name] === undefined ? {} : { [name]: texts(item, name) };
  const users = item.users === undefined ? {} : { users: integer(item, 'users', value => value > 0) };
  return { count: integer(item, 'count', value => value >= 0), ...ids('planIds'), ...ids('addOnIds'), ...users };
}

function usage(body: JsonObject): SeedUsageRecord[] | UsagePlan {
  if (!isObject(body.usage)) {
    return list(body, 'usage').map(item => ({ ...item, SubscriptionId: text(item, 'SubscriptionId') }));
  }
  const plan = body.usage;
  const { unordered } = plan;
  return {
    count: integer(plan, 'count', value => value >= 0),
    ...usageNumbers(plan),
    ...(Array.isArray(plan.subscriptions) ? { subscriptions: texts(plan, 'subscriptions') } : {}),
    ...(typeof unordered === 'boolean' ? { unordered } : {}),
  };
}

const planNumbers = [
  'seed',
  'idGap',
  'hours',
  'perMinute',
  'oddShare',
  'duplicateShare',
  'lateShare',
  'lateMs',
] as const;

function usageNumbers(plan: JsonObject): Partial<UsagePlan> {
  const numbers: Partial<UsagePlan> = {};
  for (const name of [...planNumbers, 'subscriptions'] as const) {
    const value = plan[name];
    if (value === undefined || Array.isArray(value)) continue;
    if (typeof value !== 'number' || !(value >= 0)) throw badRequest(`${name} must be a number, not negative.`, name);
    numbers[name] = value;
  }
  return numbers;
}

function texts(body: JsonObject, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value) || !value.every(item => typeof item === 'string')) {
    throw badRequest(`${name} must be a list of texts.`, name);
  }
  return value;
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
