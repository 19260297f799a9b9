import { AdapterError } from '../../errors';
import { isSameName } from '../../ids';
import type { WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import { linkedIds, withLinks } from '../client/kind';
import type { Kind, PlanOrAddOn } from '../types';
import { planState } from '../types';
import { planDifferences } from './compare';
import { notShown, type SettleOptions, untilShown } from './settle';

/** What the guards allow; by default neither a public plan nor one with subscriptions. */
export interface DeleteGuards {
  /** Tenants may subscribe while it is being deleted. */
  allowPublic?: boolean;
  /** Also where WAP does not say how many there are. */
  allowSubscriptions?: boolean;
  /** Id of the clone that takes its place: deleted only when the clone, read back now, has the same configuration. */
  unlessCloneEquals?: string;
}

export interface Deleted {
  /** As last read before it was deleted; null when WAP did not know it any more. */
  plan: PlanOrAddOn | null;
}

/** Checks the guards, unlinks a plan or add-on and deletes it. One that WAP does not know counts as deleted. Safe to repeat.
 *  @throws WAP_REFUSED with the remedy when a guard refuses, also when the clone is gone; WAP_BAD_RESPONSE when WAP confirms
 *  the deletion and still shows it
 *  Source: dn448737, dn448658. What WAP does with remaining subscriptions or links is not documented (assumed: it refuses). */
export async function deletePlan(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  guards: DeleteGuards = {},
  call: SettleOptions = {},
): Promise<Deleted> {
  const plan = await admin.find(kind, id, call);
  if (!plan) return { plan: null };
  const subject = `${kindNames[kind]} ${plan.DisplayName}`;
  if (plan.State === planState.public && !guards.allowPublic)
    throw refused(subject, 'is public, tenants can subscribe to it', 'make it private or decommission it first');
  if (plan.SubscriptionCount !== 0 && !guards.allowSubscriptions) {
    if (plan.SubscriptionCount === null)
      throw refused(subject, 'is shown without the number of its subscriptions', 'look at it in the portal');
    throw refused(subject, `has ${plan.SubscriptionCount} subscriptions`, 'migrate or delete them first');
  }
  if (guards.unlessCloneEquals !== undefined)
    await requireEqualClone(admin, kind, plan, guards.unlessCloneEquals, subject, call);
  await removeUnlinked(admin, kind, plan, call);
  return { plan };
}

/** Removes the links, because of which WAP would refuse, deletes, and reads until it is gone. No guards. */
export async function removeUnlinked(admin: WapAdmin, kind: Kind, plan: PlanOrAddOn, call: SettleOptions = {}) {
  for (const linked of linkedIds(plan)) {
    if (kind === 'plan') await admin.unlinkAddOn(plan.Id, linked, call);
    else await admin.unlinkAddOn(linked, plan.Id, call);
  }
  await admin.remove(kind, plan.Id, call);
  await untilShown(
    () => admin.find(kind, plan.Id, call),
    found => (found ? ['it is still there'] : []),
    ([what = '']) => notShown(`${kindNames[kind]} ${plan.DisplayName}`, what),
    call,
  );
}

/** @throws WAP_REFUSED unless the clone has all that the original has: what only the original held would be lost with it */
async function requireEqualClone(
  admin: WapAdmin,
  kind: Kind,
  original: PlanOrAddOn,
  cloneId: string,
  subject: string,
  call: SettleOptions = {},
): Promise<void> {
  if (isSameName(cloneId, original.Id))
    throw refused(subject, 'is named as its own clone', 'give the id of the clone that wap-plan-clone made');
  const clone = await admin.find(kind, cloneId, call);
  if (!clone) throw refused(subject, 'has no clone any more', 'clone it again before it is deleted');
  const differences = planDifferences(withoutLostLinks(original, clone), clone);
  if (differences.length === 0) return;
  const text = `differs from its clone ${clone.DisplayName}: ${differences.join('; ')}`;
  throw refused(subject, text, 'configure the clone alike, or clone it again', differences);
}

/** An interrupted delete may have unlinked part of the original already. Extra links of the clone are no loss. */
function withoutLostLinks(original: PlanOrAddOn, clone: PlanOrAddOn): PlanOrAddOn {
  const kept = linkedIds(clone);
  return linkedIds(original).every(id => kept.some(other => isSameName(id, other)))
    ? withLinks(original, clone, () => true)
    : original;
}

/** WAP_REFUSED, as if WAP itself had: flows catch both alike. */
function refused(subject: string, why: string, remedy: string, details?: string[]): AdapterError {
  const message = `The ${subject} was not deleted: it ${why}. Remedy: ${remedy}.`;
  return AdapterError.advising('WAP_REFUSED', message, { subject, ...(details ? { details } : {}) });
}
