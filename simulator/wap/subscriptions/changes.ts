import { type Plan, type PlanAddOnReference, quotaSyncState, subscriptionState } from '../../../lib/wap/types';
import { badRequest, conflict, notFound } from '../errors';
import type { Installation } from '../installation';
import { wapTime } from '../time';
import { newUser } from '../users/table';
import { patchEntity, type Subscription, type SubscriptionService } from './subscription';

/** What is known of a subscription before it is there. */
export type Wanted = Partial<Subscription> & { PlanId: string };

/** A subscription as it begins: active, with the services of its plan. Nothing is kept yet. @throws 404, 409 */
export function newSubscription(wap: Installation, wanted: Wanted): Subscription {
  const plan = wap.plan(wanted.PlanId);
  const SubscriptionID = wanted.SubscriptionID ?? wap.random.guid();
  if (wap.subscriptions.find(SubscriptionID)) {
    throw conflict(`Subscription '${SubscriptionID}' exists already.`, 'SubscriptionId');
  }
  return {
    SubscriptionName: plan.DisplayName,
    AccountAdminLiveEmailId: 'anna@tenant-one.example',
    ServiceAdminLiveEmailId: null,
    CoAdminNames: null,
    AddOnReferences: [],
    State: subscriptionState.active,
    QuotaSyncState: 0,
    ActivationSyncState: 0,
    Services: servicesOf(plan),
    LastErrorMessage: null,
    Features: null,
    OfferFriendlyName: null,
    OfferCategory: null,
    Created: wapTime(wap.now(), wap.random),
    ...wanted,
    SubscriptionID,
    AddOns: [],
  };
}

export function servicesOf(plan: Plan): SubscriptionService[] {
  return plan.ServiceQuotas.map(service => ({
    Type: service.ServiceName,
    State: 'Registered',
    QuotaSyncState: 0,
    ActivationSyncState: 0,
    BaseQuotaSettings: service.Settings,
  }));
}

/** From now on WAP has it, and its user. Raises no event. */
export function keepSubscription(wap: Installation, subscription: Subscription): void {
  wap.subscriptions.put(subscription);
  const user = subscription.AccountAdminLiveEmailId;
  if (user !== null && !wap.users.has(user)) wap.users.add(newUser(user, subscription.Created));
  wap.changes += 1;
}

/** Its creation event: without co-admins and add-ons (dn448722). */
export const createdEntity = (subscription: Subscription): Subscription =>
  subscription.AddOnReferences.length === 0 ? subscription : { ...subscription, AddOnReferences: [] };

/** The subscription, unless it is being deleted: then nothing else is allowed (dn448740). @throws 404, 409 */
export function changeable(wap: Installation, id: string): Subscription {
  const subscription = wap.subscriptions.get(id);
  if (subscription.State === subscriptionState.deletePending) {
    throw conflict(`Subscription '${id}' is being deleted.`, 'State');
  }
  return subscription;
}

/** Raises a PATCH event of what is different now; none when nothing is. */
export function patchSubscription(wap: Installation, subscription: Subscription, changed: Partial<Subscription>): void {
  const next = { ...subscription, ...changed };
  if (JSON.stringify(next) === JSON.stringify(subscription)) return;
  keepSubscription(wap, next);
  wap.raise('subscriptions', 'PATCH', patchEntity(subscription.SubscriptionID, changed));
}

/** The new plan's services take the place of the old one's; add-ons stay. @throws 404 */
export function migration(wap: Installation, planId: string): Partial<Subscription> {
  const plan = wap.plan(planId);
  return { PlanId: plan.Id, Services: servicesOf(plan) };
}

/** DeletePending from now on, gone after its time; `force` does not wait for the providers. Safe to repeat. */
export function startDeletion(wap: Installation, id: string, force: boolean, told: boolean): void {
  const subscription = wap.subscriptions.get(id);
  const { SubscriptionID, State } = subscription;
  const pending = wap.data.deletions.find(deletion => deletion.id === SubscriptionID);
  if (pending) {
    if (force) pending.dueAt = wap.now();
    wap.changes += 1;
    return;
  }
  wap.subscriptions.put({ ...subscription, State: subscriptionState.deletePending });
  const dueAt = force ? wap.now() : wap.deletionDueAt();
  wap.data.deletions.push({ id: SubscriptionID, dueAt, told, state: State });
  wap.changes += 1;
}

export function synchronise(wap: Installation, subscription: Subscription): void {
  wap.subscriptions.put({ ...subscription, QuotaSyncState: quotaSyncState.syncing });
  wap.startSyncOf('subscription', subscription.SubscriptionID);
}

/** The add-on must be linked to the plan, and `MaxOccurrencesPerPlan` is watched (-1: any number). @throws 400, 404, 409 */
export function checkAddOn(wap: Installation, subscription: Subscription, addOnId: string): void {
  const addon = wap.addon(addOnId);
  const plan = wap.plan(subscription.PlanId);
  if (!plan.AddOnReferences.some(link => link.AddOnId === addon.Id)) {
    throw badRequest(`Add-on '${addon.Id}' is not linked to plan '${plan.Id}'.`, 'AddOnId');
  }
  const instances = subscription.AddOnReferences.filter(reference => reference.AddOnId === addon.Id).length;
  if (addon.MaxOccurrencesPerPlan >= 0 && instances >= addon.MaxOccurrencesPerPlan) {
    throw conflict(`Add-on '${addon.Id}' was bought as often as it may be.`, 'AddOnId');
  }
}

/** Raises no event. */
export function addAddOn(wap: Installation, subscription: Subscription, addOnId: string): PlanAddOnReference {
  const reference = {
    AddOnId: addOnId,
    AddOnInstanceId: wap.random.guid(),
    AcquisitionTime: wapTime(wap.now(), wap.random),
  };
  keepSubscription(wap, { ...subscription, AddOnReferences: [...subscription.AddOnReferences, reference] });
  return reference;
}

/** The entity of a purchase: without instance and time, although acknowledged (dn448734). */
export const boughtEntity = (addOnId: string): PlanAddOnReference => ({
  AddOnId: addOnId,
  AddOnInstanceId: null,
  AcquisitionTime: null,
});

/** @throws 404 */
export function instanceOf(subscription: Subscription, addOnId: string, instanceId?: string): PlanAddOnReference {
  const found = subscription.AddOnReferences.findLast(
    reference =>
      reference.AddOnId === addOnId &&
      (instanceId === undefined || reference.AddOnInstanceId?.toLowerCase() === instanceId.toLowerCase()),
  );
  if (!found) throw notFound(`The subscription has no such instance of add-on '${addOnId}'.`);
  return found;
}

/** Raises no event. */
export function removeAddOn(wap: Installation, subscription: Subscription, reference: PlanAddOnReference): void {
  const AddOnReferences = subscription.AddOnReferences.filter(known => known !== reference);
  keepSubscription(wap, { ...subscription, AddOnReferences });
}
