import { configState, type Kind, type PlanOrAddOn, type PlanStateName, planState } from '../types';
import type { CallOptions, WapAdmin } from './admin';

/** Which plans or add-ons of a list are wanted. */
export interface PlanFilter {
  state: PlanStateName | 'any';
  configured: 'yes' | 'no' | 'any';
  /** Part of the display name, in any case. */
  nameContains?: string | undefined;
}

/** One plan or add-on by its id or its display name, as WAP shows it now; `null` when WAP has neither.
 *  An id wins over a name. */
export async function findPlan(
  admin: WapAdmin,
  kind: Kind,
  idOrName: string,
  call: CallOptions = {},
): Promise<PlanOrAddOn | null> {
  return (await admin.find(kind, idOrName, call)) ?? (await admin.findByName(kind, idOrName, call));
}

/** All plans or add-ons that pass the filter, in WAP's order. WAP itself cannot filter them. */
export async function listPlans(
  admin: WapAdmin,
  kind: Kind,
  filter: PlanFilter,
  call: CallOptions = {},
): Promise<PlanOrAddOn[]> {
  return (await admin.list(kind, call)).filter(plan => passes(plan, filter));
}

function passes(plan: PlanOrAddOn, { state, configured, nameContains = '' }: PlanFilter): boolean {
  if (state !== 'any' && plan.State !== planState[state]) return false;
  if (configured !== 'any' && (plan.ConfigState === configState.configured) !== (configured === 'yes')) return false;
  return plan.DisplayName.toLowerCase().includes(nameContains.toLowerCase());
}
