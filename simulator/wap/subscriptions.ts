import type { Request, Router } from 'express';
import { param, query, route } from '../routes';
import { badRequest, notFound } from './errors';
import type { Installation } from './installation';
import { subscriptionView } from './views';

/** Reading subscriptions: dn448827 (paged, lower camel case around the items), SDK. */
export function subscriptionRoutes(admin: Router, wap: Installation): void {
  route(admin, '/subscriptions', {
    GET: (req, res) => {
      const planId = query(req, 'planId');
      const all = wap.data.subscriptions;
      const fitting = planId === undefined ? all : all.filter(subscription => subscription.PlanId === planId);
      const skip = count(req, 'skip', 0);
      const page = fitting.slice(skip, skip + count(req, 'take', fitting.length));
      res.json({
        items: page.map(subscription => subscriptionView(wap.data, subscription)),
        filteredTotalCount: fitting.length,
        totalCount: all.length,
      });
    },
  });
  route(admin, '/subscriptions/:id', {
    GET: (req, res) => {
      const id = param(req, 'id');
      const found = wap.data.subscriptions.find(known => known.SubscriptionID.toLowerCase() === id.toLowerCase());
      if (!found) throw notFound(`Subscription '${id}' was not found.`);
      res.json(subscriptionView(wap.data, found));
    },
  });
}

function count(req: Request, name: string, fallback: number): number {
  const text = query(req, name);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} must be a whole number.`, name);
  return Number(text);
}
