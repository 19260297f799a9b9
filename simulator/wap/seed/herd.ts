import { badRequest } from '../errors';
import type { Installation } from '../installation';
import type { SeedHerd } from '../options';
import { boughtEntity, createdEntity, keepSubscription, servicesOf } from '../subscriptions/changes';
import type { Subscription } from '../subscriptions/subscription';
import { guidOf } from '../usage/hash';

/** Everything that can be shared among them is, so that 100 000 need little memory. Their ids are those that made-up
 *  usage names. @throws 400, 404 */
export function seedHerd(wap: Installation, herd: SeedHerd): void {
  const planIds = herd.planIds ?? wap.data.plans.map(plan => plan.Id);
  if (planIds.length === 0) throw badRequest('A herd needs a plan to subscribe to.', 'herd');
  const plans = planIds.map(id => ({ id, name: wap.plan(id).DisplayName, services: servicesOf(wap.plan(id)) }));
  const addOnIds = herd.addOnIds ?? [];
  for (const id of addOnIds) wap.addon(id);
  const users = herd.users ?? herd.count;
  const created = new Date(wap.now()).toISOString().slice(0, 23);
  const none: [] = [];
  for (let index = 0; index < herd.count; index += 1) {
    const plan = plans[index % plans.length];
    if (!plan) continue;
    const addOnId = addOnIds.length > 0 && index % 7 === 0 ? addOnIds[index % addOnIds.length] : undefined;
    const subscription: Subscription = {
      SubscriptionID: guidOf(0, index),
      SubscriptionName: plan.name,
      AccountAdminLiveEmailId: `user${index % users}@herd.example`,
      ServiceAdminLiveEmailId: null,
      CoAdminNames: null,
      AddOnReferences: addOnId === undefined ? none : [reference(addOnId, index, created)],
      AddOns: none,
      State: 1,
      QuotaSyncState: 0,
      ActivationSyncState: 0,
      PlanId: plan.id,
      Services: plan.services,
      LastErrorMessage: null,
      Features: null,
      OfferFriendlyName: null,
      OfferCategory: null,
      Created: created,
    };
    if (wap.subscriptions.find(subscription.SubscriptionID)) continue;
    keepSubscription(wap, subscription);
    wap.raise('subscriptions', 'POST', createdEntity(subscription));
    if (addOnId !== undefined) {
      wap.raise('subscriptionAddons', 'POST', boughtEntity(addOnId), subscription.SubscriptionID);
    }
  }
}

const reference = (AddOnId: string, index: number, AcquisitionTime: string) => ({
  AddOnId,
  AddOnInstanceId: guidOf(1, index),
  AcquisitionTime,
});
