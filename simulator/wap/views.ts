import type { Plan, PlanAddOn } from '../../lib/wap/types';
import type { WapData } from './data';
import type { WapState } from './options';
import type { Subscription } from './subscription';

/** A plan as the API shows it: with its add-ons, and without their plans (dn448627 sample). */
export function planView(data: WapData, plan: Plan): Plan {
  const linked = plan.AddOnReferences.flatMap(link => data.addons.filter(addon => addon.Id === link.AddOnId));
  return structuredClone({
    ...plan,
    SubscriptionCount: data.subscriptions.filter(subscription => subscription.PlanId === plan.Id).length,
    AddOns: linked.map(addon => ({ ...addon, SubscriptionCount: addOnUses(data, addon.Id) })),
  });
}

/** An add-on as the API shows it: with the plans that link it, and without their services and add-ons. */
export function addOnView(data: WapData, addon: PlanAddOn): PlanAddOn {
  return structuredClone({
    ...addon,
    SubscriptionCount: addOnUses(data, addon.Id),
    AssociatedPlans: plansWith(data, addon.Id).map(plan => ({
      ...planView(data, plan),
      ServiceQuotas: [],
      AddOns: [],
    })),
  });
}

export function subscriptionView(data: WapData, subscription: Subscription): Subscription {
  const addons = subscription.AddOnReferences.flatMap(link => data.addons.filter(addon => addon.Id === link.AddOnId));
  return structuredClone({ ...subscription, AddOns: addons });
}

export function stateView(data: WapData): WapState {
  return {
    plans: data.plans.map(plan => planView(data, plan)),
    addons: data.addons.map(addon => addOnView(data, addon)),
    subscriptions: data.subscriptions.map(subscription => subscriptionView(data, subscription)),
    users: [],
    events: structuredClone(data.events),
  };
}

export function plansWith(data: WapData, addOnId: string): Plan[] {
  return data.plans.filter(plan => plan.AddOnReferences.some(link => link.AddOnId === addOnId));
}

function addOnUses(data: WapData, addOnId: string): number {
  return data.subscriptions.filter(subscription => subscription.AddOnReferences.some(link => link.AddOnId === addOnId))
    .length;
}
