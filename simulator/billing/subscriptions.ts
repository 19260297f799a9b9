import { isDeepStrictEqual } from 'node:util';
import type { Request, Response, Router } from 'express';
import { ApiError } from '../api-error';
import { bytesOf, type JsonObject, jsonObject } from '../json-body';
import { param, query, route } from '../routes';
import type { Catalogue } from './catalogue';
import { invalid, noOffer } from './errors';
import { paging, text, textOrNull } from './offers';
import type { SimulatedSubscription, SimulatedSubscriptionState, SubscriptionStep } from './usage-options';

const states: SimulatedSubscriptionState[] = ['active', 'suspended', 'cancelled'];

/** What the caller decides about a subscription. */
interface Content extends JsonObject {
  key: string;
  offer: string;
  account: string | null;
  name: string | null;
}

/** Subscriptions: each verb is safe to repeat, and `at` says when it holds from. */
export function subscriptionRoutes(billing: Router, catalogue: Catalogue): void {
  route(billing, '/subscriptions', {
    GET: (req, res) => {
      const { page, per_page } = paging(req, 1000);
      const state = query(req, 'state');
      if (state !== undefined && !states.some(known => known === state)) {
        throw invalid(`state must be one of ${states.join(', ')}.`);
      }
      const account = query(req, 'account')?.toLowerCase();
      const fitting = catalogue.subscriptions
        .all()
        .filter(each => state === undefined || each.state === state)
        .filter(each => account === undefined || each.account?.toLowerCase() === account);
      const subscriptions = fitting.slice((page - 1) * per_page, page * per_page);
      res.json({ subscriptions, page, per_page, total: fitting.length });
    },
    POST: (req, res) => create(catalogue, jsonObject(req), res),
  });
  route(billing, '/subscriptions/:key', {
    GET: (req, res) => res.json(known(catalogue, req)),
    PUT: (req, res) => {
      const before = known(catalogue, req);
      if (before.state === 'cancelled') throw cancelled(before, 'changed');
      const content = contentOf({ ...jsonObject(req), key: before.key, offer: before.offer });
      const { id, state, history } = before;
      res.json(catalogue.keepSubscription({ ...content, id, state, history }));
    },
  });
  const step = (path: string, name: SubscriptionStep['step'], to: SimulatedSubscriptionState): void =>
    route(billing, `/subscriptions/:key/${path}`, {
      POST: (req, res) => {
        const before = known(catalogue, req);
        const at = timeIn(catalogue, bodyOrNone(req), 'at');
        if (before.state === to) return res.json(before);
        if (before.state === 'cancelled') throw cancelled(before, name);
        return res.json(catalogue.keepSubscription(stepped(before, { state: to }, { step: name, at })));
      },
    });
  step('suspend', 'suspended', 'suspended');
  step('resume', 'resumed', 'active');
  step('cancel', 'cancelled', 'cancelled');
  route(billing, '/subscriptions/:key/change-plan', {
    POST: (req, res) => {
      const before = known(catalogue, req);
      const body = jsonObject(req);
      const offer = knownOffer(catalogue, body);
      const at = timeIn(catalogue, body, 'at');
      if (before.state === 'cancelled') throw cancelled(before, 'moved to another plan');
      if (before.offer === offer) return res.json(before);
      return res.json(catalogue.keepSubscription(stepped(before, { offer }, { step: 'plan-changed', at })));
    },
  });
}

/** 201 for a new one; 200 for one that is there with the same content; 409 with the one that has other content, or is
 *  cancelled. `since` may stand for `at`. */
function create(catalogue: Catalogue, { at, since, ...sent }: JsonObject, res: Response): void {
  const content = contentOf({ ...sent, offer: knownOffer(catalogue, sent) });
  const from = timeIn(catalogue, { at: at ?? since }, 'at');
  const before = catalogue.subscriptions.find(content.key);
  if (!before) {
    const step = { step: 'created', at: from, offer: content.offer } as const;
    res.status(201).json(catalogue.addSubscription({ ...content, state: 'active', history: [step] }));
    return;
  }
  const { id: _id, state, history: _history, ...known } = before;
  if (state !== 'cancelled' && isDeepStrictEqual(known, content)) {
    res.status(200).json(before);
    return;
  }
  // Answered here, not thrown, so that the answer is kept for its idempotency key.
  const message = `Subscription '${before.key}' exists ${state === 'cancelled' ? 'and is cancelled' : 'with other content'}.`;
  res.status(409).json({ error: { code: 'subscription_exists', message }, subscription: before });
}

function stepped(
  before: SimulatedSubscription,
  change: Partial<SimulatedSubscription>,
  step: Omit<SubscriptionStep, 'offer'>,
): SimulatedSubscription {
  const offer = change.offer ?? before.offer;
  return { ...before, ...change, history: [...before.history, { ...step, offer }] };
}

/** @throws 404 */
function known(catalogue: Catalogue, req: Request): SimulatedSubscription {
  const key = param(req, 'key');
  const subscription = catalogue.subscriptions.find(key);
  if (!subscription) throw new ApiError(404, 'subscription_not_found', `There is no subscription '${key}'.`);
  return subscription;
}

/** @throws 404 */
function knownOffer(catalogue: Catalogue, body: JsonObject): string {
  const key = text(body, 'offer');
  if (!catalogue.find(key)) throw noOffer(key);
  return key;
}

function cancelled(subscription: SimulatedSubscription, verb: string): ApiError {
  const message = `A cancelled subscription cannot be ${verb}.`;
  return new ApiError(409, 'subscription_cancelled', message, { subscription });
}

/** The content of a request; what is billing's own is left out. */
export function contentOf({ id: _id, state: _state, history: _history, ...sent }: JsonObject): Content {
  return {
    ...sent,
    key: text(sent, 'key'),
    offer: text(sent, 'offer'),
    account: textOrNull(sent, 'account'),
    name: textOrNull(sent, 'name'),
  };
}

const bodyOrNone = (req: Request): JsonObject => (bytesOf(req).length === 0 ? {} : jsonObject(req));

function timeIn(catalogue: Catalogue, body: JsonObject, field: string): string {
  const at = textOrNull(body, field);
  if (at === null) return new Date(catalogue.now()).toISOString();
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(at) || Number.isNaN(Date.parse(at))) {
    throw invalid(`${field} must be a time with its zone, such as 2026-03-01T00:00:00Z.`);
  }
  return at;
}
