import type { RequestHandler, Router } from 'express';
import { ApiError } from '../../api-error';
import { isObject, type JsonObject, jsonObject } from '../../json-body';
import { param, query, route } from '../../routes';
import { badRequest } from '../errors';
import type { WapSimulator } from '../options';
import { text } from '../read';
import type { ApprovalSubscriber, PriceQuery } from './approval-options';
import type { Subscribers } from './subscribers';

/** What another process can ask of the portal, and of the usage that is expected; below `/_simulator`. */
export function tenantRoutes(
  control: Router,
  subscribers: Subscribers,
  { tenant, registerSubscriber, expectedUsage }: Pick<WapSimulator, 'tenant' | 'registerSubscriber' | 'expectedUsage'>,
): void {
  const action = (path: string, act: (body: JsonObject) => Promise<unknown>): void => {
    const handler: RequestHandler = (req, res, next) => {
      act(jsonObject(req)).then(answer => res.json(answer), next);
    };
    route(control, `/tenant/${path}`, { POST: handler });
  };
  action('subscribe', body => tenant.subscribe(text(body, 'planId'), text(body, 'user'), named(body)));
  action('unsubscribe', body => tenant.unsubscribe(text(body, 'subscriptionId')));
  action('buyAddOn', body => tenant.buyAddOn(text(body, 'subscriptionId'), text(body, 'addOnId')));
  action('dropAddOn', body =>
    tenant.dropAddOn(text(body, 'subscriptionId'), text(body, 'addOnId'), textOr(body, 'addOnInstanceId')),
  );
  action('update', body => tenant.update(text(body, 'subscriptionId'), changeIn(body), methodIn(body)));
  action('price', body => tenant.price(text(body, 'id'), priceQuery(body)));
  route(control, '/subscribers', {
    GET: (_req, res) => res.json(subscribers.list()),
    POST: (req, res) => {
      registerSubscriber(readSubscriber(jsonObject(req)));
      res.status(204).end();
    },
  });
  route(control, '/subscribers/:name', {
    DELETE: (req, res) => {
      if (!subscribers.remove(param(req, 'name'))) throw new ApiError(404, 'NotFound', 'There is no such subscriber.');
      res.status(204).end();
    },
  });
  route(control, '/expected-usage', {
    GET: (req, res) => {
      const number = (name: string): Record<string, number> => {
        const value = query(req, name);
        return value !== undefined && /^\d{1,16}$/.test(value) ? { [name]: Number(value) } : {};
      };
      const wanted = { ...number('fromId'), ...number('toId'), ...number('at') };
      const withoutDuplicates = query(req, 'withoutDuplicates') === 'true';
      res.type('application/x-ndjson');
      writeLines(res, expectedUsage({ ...wanted, withoutDuplicates })).catch(() => res.destroy());
    },
  });
}

/** As fast as it is read. */
async function writeLines(res: Parameters<RequestHandler>[1], items: Iterable<unknown>): Promise<void> {
  for (const item of items) {
    if (res.destroyed) return;
    if (!res.write(`${JSON.stringify(item)}\n`)) await new Promise(go => res.once('drain', go).once('close', go));
  }
  res.end();
}

/** @throws 400 */
export function readSubscriber(body: JsonObject): ApprovalSubscriber {
  const { type, addOnVerb } = body;
  if (type !== 'billing' && type !== 'mandatory' && type !== 'optional') {
    throw badRequest('type must be billing, mandatory or optional.', 'type');
  }
  if (addOnVerb !== undefined && addOnVerb !== 'PUT' && addOnVerb !== 'POST') {
    throw badRequest('addOnVerb must be PUT or POST.', 'addOnVerb');
  }
  return {
    endpoint: text(body, 'endpoint'),
    type,
    ...texts(body, ['name', 'user', 'password']),
    ...(addOnVerb === undefined ? {} : { addOnVerb }),
    insecure: body.insecure === true,
  };
}

const named = (body: JsonObject) => texts(body, ['SubscriptionID', 'SubscriptionName']);
const priceQuery = (body: JsonObject): PriceQuery => texts(body, ['region', 'username', 'subscriptionId']);
const textOr = (body: JsonObject, name: string): string | undefined => texts(body, [name])[name];

function changeIn({ change }: JsonObject) {
  if (!isObject(change)) throw badRequest('change must be an object.', 'change');
  const names = change.CoAdminNames;
  const CoAdminNames = Array.isArray(names) ? names.filter(name => typeof name === 'string') : undefined;
  return { ...texts(change, ['SubscriptionName']), ...(CoAdminNames ? { CoAdminNames } : {}) };
}

function methodIn({ method = 'PUT' }: JsonObject): 'PUT' | 'PATCH' {
  if (method !== 'PUT' && method !== 'PATCH') throw badRequest('method must be PUT or PATCH.', 'method');
  return method;
}

/** Those that were given. @throws 400 */
function texts<Name extends string>(body: JsonObject, names: readonly Name[]): { [Field in Name]?: string } {
  const given: { [Field in Name]?: string } = {};
  for (const name of names) if (body[name] !== undefined) given[name] = text(body, name);
  return given;
}
