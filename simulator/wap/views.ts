import type { Plan, PlanAddOn } from '../../lib/wap/types';
import type { WapData } from './data';
import type { EventTable } from './events/table';
import type { WapState } from './options';
import type { Subscription } from './subscriptions/subscription';
import type { SubscriptionTable } from './subscriptions/table';
import type { UserTable } from './users/table';
import type { User } from './users/user';

/** What an installation holds. */
export interface Holdings {
  data: WapData;
  subscriptions: SubscriptionTable;
  users: UserTable;
  events: EventTable;
}

/** A plan as the API shows it: with its add-ons, and without their plans (dn448627 sample). */
export function planView(wap: Holdings, plan: Plan): Plan {
  const linked = plan.AddOnReferences.flatMap(link => addOnsWithId(wap, link.AddOnId));
  return structuredClone({
    ...plan,
    SubscriptionCount: wap.subscriptions.ofPlan(plan.Id),
    AddOns: linked.map(addon => ({ ...addon, SubscriptionCount: wap.subscriptions.withAddOn(addon.Id) })),
  });
}

/** An add-on as the API shows it: with the plans that link it, and without their services and add-ons. */
export function addOnView(wap: Holdings, addon: PlanAddOn): PlanAddOn {
  return structuredClone({
    ...addon,
    SubscriptionCount: wap.subscriptions.withAddOn(addon.Id),
    AssociatedPlans: plansWith(wap, addon.Id).map(plan => ({
      ...planView(wap, plan),
      ServiceQuotas: [],
      AddOns: [],
    })),
  });
}

/** Shares what WAP holds: to be written, not to be changed. */
export function subscriptionView(wap: Holdings, subscription: Subscription): Subscription {
  if (subscription.AddOnReferences.length === 0) return subscription;
  const ids = new Set(subscription.AddOnReferences.map(reference => reference.AddOnId));
  const addons = [...ids].flatMap(id => addOnsWithId(wap, id));
  return {
    ...subscription,
    AddOns: addons.map(addon => ({ ...addon, SubscriptionCount: wap.subscriptions.withAddOn(addon.Id) })),
  };
}

export function userView(wap: Holdings, user: User): User {
  return { ...user, SubscriptionCount: wap.subscriptions.ofUser(user.Name) };
}

export function stateView(wap: Holdings): WapState {
  return structuredClone({
    plans: wap.data.plans.map(plan => planView(wap, plan)),
    addons: wap.data.addons.map(addon => addOnView(wap, addon)),
    subscriptions: wap.subscriptions.all().map(subscription => subscriptionView(wap, subscription)),
    users: wap.users.all().map(user => userView(wap, user)),
    events: [...wap.events.all()],
  });
}

export function plansWith(wap: Holdings, addOnId: string): Plan[] {
  return wap.data.plans.filter(plan => plan.AddOnReferences.some(link => link.AddOnId === addOnId));
}

const addOnsWithId = (wap: Holdings, id: string): PlanAddOn[] => wap.data.addons.filter(addon => addon.Id === id);
