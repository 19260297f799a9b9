import type { Plan, PlanAddOn, PlanOrAddOn } from '../types';

/** True for a plan. A plan links to add-ons, an add-on to plans. */
export function isPlan(plan: PlanOrAddOn): plan is Plan {
  return Array.isArray(plan.AddOnReferences);
}

/** True for an add-on; false for a plan, and for what is neither. */
export function isAddOn(plan: PlanOrAddOn): plan is PlanAddOn {
  return !isPlan(plan) && Array.isArray(plan.AssociatedPlans);
}

/** The ids a plan or add-on is linked with: add-ons of a plan, plans of an add-on. */
export function linkedIds(plan: PlanOrAddOn): string[] {
  if (isPlan(plan)) return plan.AddOnReferences.map(reference => reference.AddOnId);
  return isAddOn(plan) ? plan.AssociatedPlans.map(linked => linked.Id) : [];
}

/** The same plan or add-on with only those links whose id passes `keep`. */
export function withLinks<T extends PlanOrAddOn>(
  plan: T,
  from: PlanOrAddOn,
  keep: (id: string) => boolean,
): PlanOrAddOn {
  if (isPlan(plan) && isPlan(from))
    return { ...plan, AddOnReferences: from.AddOnReferences.filter(reference => keep(reference.AddOnId)) };
  if (isAddOn(plan) && isAddOn(from))
    return { ...plan, AssociatedPlans: from.AssociatedPlans.filter(linked => keep(linked.Id)) };
  return plan;
}
