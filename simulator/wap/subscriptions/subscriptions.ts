import type { Request, Router } from 'express';
import { subscriptionState } from '../../../lib/wap/types';
import { bytesOf, type JsonObject, jsonObject } from '../../json-body';
import { param, query, route } from '../../routes';
import { badRequest } from '../errors';
import type { Installation } from '../installation';
import { Listing } from '../listing';
import { queryBoolean, text, textOrNull } from '../read';
import { subscriptionView } from '../views';
import {
  changeable,
  createdEntity,
  keepSubscription,
  migration,
  newSubscription,
  patchSubscription,
  startDeletion,
  synchronise,
} from './changes';
import type { Subscription } from './subscription';

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const statusWords: Record<string, number> = {
  Active: subscriptionState.active,
  Suspended: subscriptionState.suspended,
};

/** Subscriptions: dn448827 (paged, lower camel case around the items), dn448682, dn448683, dn448661, SDK. */
export function subscriptionRoutes(admin: Router, wap: Installation): void {
  const listing = new Listing<Subscription>(wap.settings.listLimit);
  route(admin, '/subscriptions', {
    GET: (req, res) => {
      const listed = {
        all: wap.subscriptions.all(),
        ...narrowed(req),
        // "Matches only user or offer name" (SDK).
        texts: (item: Subscription) => [
          item.AccountAdminLiveEmailId,
          item.OfferFriendlyName,
          wap.data.plans.find(plan => plan.Id === item.PlanId)?.DisplayName,
        ],
        sortable: ['SubscriptionID', 'SubscriptionName', 'AccountAdminLiveEmailId', 'State', 'PlanId', 'Created'],
      } as const;
      res.json(listing.page(req, listed, item => subscriptionView(wap, item)));
    },
    POST: (req, res) => {
      const subscription = provision(wap, jsonObject(req));
      res.status(201).json(subscriptionView(wap, subscription));
    },
  });
  route(admin, '/subscriptions/:id', {
    GET: (req, res) => res.json(subscriptionView(wap, wap.subscriptions.get(param(req, 'id')))),
    PATCH: (req, res) => {
      const subscription = changeable(wap, param(req, 'id'));
      patch(wap, subscription, jsonObject(req), queryBoolean(query(req, 'migrate'), 'migrate', false));
      res.json(subscriptionView(wap, wap.subscriptions.get(subscription.SubscriptionID)));
    },
    DELETE: (req, res) => {
      if (bytesOf(req).length > 0) throw badRequest('DELETE takes no body.');
      startDeletion(wap, param(req, 'id'), queryBoolean(query(req, 'force'), 'force', false), false);
      res.status(202).end();
    },
  });
  route(admin, '/subscriptions/:id/quota', {
    PUT: (req, res) => {
      if (!queryBoolean(query(req, 'sync'), 'sync', false)) throw badRequest('Only sync=True is known here.', 'sync');
      synchronise(wap, changeable(wap, param(req, 'id')));
      res.status(202).end();
    },
  });
}

/** One of the three narrower lists; by user without looking at the case. */
function narrowed(req: Request): { narrow?: { key: string; fits: (item: Subscription) => boolean } } {
  const [planId, addOnId, userId] = [query(req, 'planId'), query(req, 'addOnId'), query(req, 'userId')];
  if ([planId, addOnId, userId].filter(value => value !== undefined).length > 1) {
    throw badRequest('Only one of planId, addOnId and userId can be given.');
  }
  if (planId !== undefined) return { narrow: { key: `plan ${planId}`, fits: item => item.PlanId === planId } };
  if (addOnId !== undefined) {
    const fits = (item: Subscription): boolean => item.AddOnReferences.some(link => link.AddOnId === addOnId);
    return { narrow: { key: `addon ${addOnId}`, fits } };
  }
  const user = userId?.toLowerCase();
  if (user === undefined) return {};
  return { narrow: { key: `user ${user}`, fits: item => item.AccountAdminLiveEmailId?.toLowerCase() === user } };
}

/** AzureProvisioningInfo (SDK): its `SubscriptionId` has a small d. */
function provision(wap: Installation, body: JsonObject): Subscription {
  const SubscriptionID = text(body, 'SubscriptionId');
  if (!guid.test(SubscriptionID)) throw badRequest('SubscriptionId must be a GUID.', 'SubscriptionId');
  const subscription = newSubscription(wap, {
    SubscriptionID,
    PlanId: text(body, 'PlanId'),
    SubscriptionName: textOrNull(body, 'FriendlyName'),
    AccountAdminLiveEmailId: text(body, 'AccountAdminLiveEmailId'),
    ServiceAdminLiveEmailId: textOrNull(body, 'ServiceAdminLiveEmailId'),
    CoAdminNames: body.CoAdminNames == null ? null : names(body),
    OfferCategory: textOrNull(body, 'OfferCategory'),
    State: body.Status == null ? subscriptionState.active : status(body),
  });
  keepSubscription(wap, subscription);
  wap.raise('subscriptions', 'POST', createdEntity(subscription));
  return subscription;
}

/** Exactly the documented bodies: `SubscriptionId` with `Status`, with `CoAdminNames`, or with `PlanId` to migrate. */
function patch(wap: Installation, subscription: Subscription, body: JsonObject, migrate: boolean): void {
  const id = text(body, 'SubscriptionId');
  if (id.toLowerCase() !== subscription.SubscriptionID.toLowerCase()) {
    throw badRequest('SubscriptionId differs from the one in the address.', 'SubscriptionId');
  }
  const changed: Partial<Subscription> = {
    ...(migrate ? migration(wap, text(body, 'PlanId')) : {}),
    ...(body.Status == null ? {} : { State: status(body) }),
    ...(body.CoAdminNames == null ? {} : { CoAdminNames: names(body) }),
  };
  if (Object.keys(changed).length === 0) {
    throw badRequest('Status, CoAdminNames, or PlanId with migrate=True must be given.', 'Status');
  }
  patchSubscription(wap, subscription, changed);
}

function status(body: JsonObject): number {
  const state = statusWords[text(body, 'Status')];
  if (state === undefined) throw badRequest('Status must be Active or Suspended.', 'Status');
  return state;
}

function names(body: JsonObject): string[] {
  const value = body.CoAdminNames;
  if (!Array.isArray(value) || !value.every(name => typeof name === 'string')) {
    throw badRequest('CoAdminNames must be a list of texts.', 'CoAdminNames');
  }
  return value;
}
