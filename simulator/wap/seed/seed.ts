import type { Kind } from '../../../lib/wap/types';
import { conflict } from '../errors';
import type { Installation } from '../installation';
import type { SeedAddOn, SeedPlan, SeedSubscription, WapSeed } from '../options';
import { boughtEntity, createdEntity, keepSubscription, newSubscription } from '../subscriptions/changes';
import { parseIsoTime, wapTime } from '../time';
import { rollUp } from '../usage/roll-up';
import { newUser } from '../users/table';
import { seedEvent } from './events';
import { seedHerd } from './herd';

/** Puts things into a WAP as if they had always been there, and raises the events that made them. */
export function seedWap(wap: Installation, seed: WapSeed): void {
  for (const addon of seed.addons ?? []) seedAddOn(wap, free(wap, 'addon', addon));
  for (const plan of seed.plans ?? []) seedPlan(wap, free(wap, 'plan', plan));
  for (const user of seed.users ?? [])
    wap.users.add({ ...newUser(user.Name, wapTime(wap.now(), wap.random)), ...user });
  for (const subscription of seed.subscriptions ?? []) seedSubscription(wap, subscription);
  if (seed.herd) seedHerd(wap, seed.herd);
  for (const event of seed.events ?? []) seedEvent(wap, event);
  if (seed.usage) seedUsage(wap, seed.usage);
}

function seedUsage(wap: Installation, usage: NonNullable<WapSeed['usage']>): void {
  if (Array.isArray(usage)) for (const record of usage) wap.usage.put(record);
  else
    wap.usage.plan(
      usage,
      wap.subscriptions.all().map(subscription => subscription.SubscriptionID),
    );
  wap.changes += 1;
}

/** @throws 409 */
function free<Seed extends SeedPlan | SeedAddOn>(wap: Installation, kind: Kind, item: Seed): Seed {
  if (wap.named(kind, item.DisplayName)) throw conflict(`The name '${item.DisplayName}' exists.`, 'DisplayName');
  return item;
}

function seedAddOn(wap: Installation, addon: SeedAddOn): void {
  const item = { ...common(wap, addon), MaxOccurrencesPerPlan: 1, ...addon, ...services(addon), AssociatedPlans: [] };
  wap.data.addons.push(item);
  wap.raise('addons', 'POST', asCreated(wap.show('addon', item.Id)));
  wap.changed('addon', item.Id);
}

function seedPlan(wap: Installation, plan: SeedPlan): void {
  const item = {
    ...common(wap, plan),
    MaxSubscriptionsPerAccount: 1,
    AddOnReferences: [],
    InvitationCode: null,
    ...plan,
    ...services(plan),
    AddOns: [],
  };
  for (const { AddOnId } of item.AddOnReferences) wap.addon(AddOnId);
  wap.data.plans.push(item);
  wap.raise('plans', 'POST', { ...asCreated(wap.show('plan', item.Id)), AddOnReferences: [], AddOns: [] });
  for (const service of item.ServiceQuotas) {
    const entity = { Name: service.ServiceName, InstanceId: service.ServiceInstanceId, ConfigState: 0 };
    wap.raise('planServices', 'POST', entity, item.Id);
  }
  for (const reference of item.AddOnReferences) wap.raise('planAddons', 'POST', reference, item.Id);
  wap.changed('plan', item.Id);
}

function seedSubscription(wap: Installation, sent: SeedSubscription): void {
  for (const { AddOnId } of sent.AddOnReferences ?? []) wap.addon(AddOnId);
  const item = newSubscription(wap, structuredClone(sent));
  if (parseIsoTime(item.Created) === null) throw new Error('Created of a seeded subscription is not an ISO 8601 time.');
  keepSubscription(wap, item);
  wap.raise('subscriptions', 'POST', createdEntity(item));
  for (const { AddOnId } of item.AddOnReferences) {
    wap.raise('subscriptionAddons', 'POST', boughtEntity(AddOnId), item.SubscriptionID);
  }
}

function common(wap: Installation, sent: SeedPlan | SeedAddOn) {
  return {
    Id: wap.newId(sent.DisplayName),
    State: 0,
    LastErrorMessage: null,
    Advertisements: [],
    Price: null,
    SubscriptionCount: 0,
  };
}

function services(sent: SeedPlan | SeedAddOn) {
  const ServiceQuotas = (sent.ServiceQuotas ?? []).map(service => ({
    ...service,
    ConfigState: service.Settings.length > 0 ? 1 : 0,
    QuotaSyncState: service.Settings.length > 0 ? 0 : 2,
  }));
  return { ServiceQuotas, ...rollUp(ServiceQuotas) };
}

/** A plan as its creation event showed it: private, its services without settings. */
function asCreated<Item extends ReturnType<Installation['show']>>(item: Item): Item {
  const ServiceQuotas = item.ServiceQuotas.map(service => ({
    ...service,
    ConfigState: 0,
    QuotaSyncState: 2,
    Settings: [],
  }));
  return { ...item, State: 0, ...rollUp(ServiceQuotas), ServiceQuotas };
}
