import type { Router } from 'express';
import { jsonObject } from '../../json-body';
import { param, route } from '../../routes';
import type { Installation } from '../installation';
import { addOnReference } from '../read';
import { addAddOn, boughtEntity, changeable, checkAddOn, instanceOf, removeAddOn } from './changes';

/** Add-ons of a subscription (dn448650, SDK) and its use of the services (dn448614). */
export function subscriptionAddOnRoutes(admin: Router, wap: Installation): void {
  route(admin, '/subscriptions/:id/addons', {
    POST: (req, res) => {
      const subscription = changeable(wap, param(req, 'id'));
      const { AddOnId } = addOnReference(jsonObject(req));
      checkAddOn(wap, subscription, AddOnId);
      const reference = addAddOn(wap, subscription, AddOnId);
      wap.raise('subscriptionAddons', 'POST', boughtEntity(AddOnId), subscription.SubscriptionID);
      res.json(reference);
    },
  });
  route(admin, '/subscriptions/:id/addons/:addOnId/:instanceId', {
    DELETE: (req, res) => {
      const subscription = changeable(wap, param(req, 'id'));
      const reference = instanceOf(subscription, param(req, 'addOnId'), param(req, 'instanceId'));
      removeAddOn(wap, subscription, reference);
      wap.raise('subscriptionAddons', 'DELETE', reference, subscription.SubscriptionID);
      res.status(200).end();
    },
  });
  route(admin, '/subscriptions/:id/usagesummaries', {
    GET: (req, res) => res.json(usageSummaries(wap, param(req, 'id'))),
  });
}

/** Made up, but the same at every reading. */
function usageSummaries(wap: Installation, id: string) {
  const { PlanId } = wap.subscriptions.get(id);
  return wap.plan(PlanId).ServiceQuotas.map(service => ({
    ServiceName: service.ServiceName,
    ServiceDisplayName: service.ServiceDisplayName ?? service.ServiceName,
    RetrievedSuccessfully: true,
    ErrorMessage: null,
    Usages: [
      {
        DisplayName: 'Resources',
        CurrentValue: 2,
        Limit: 5,
        UnitDisplayName: 'resources',
        GroupId: 'Default',
        GroupDisplayName: 'Default',
      },
    ],
  }));
}
