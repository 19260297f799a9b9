import type { Router } from 'express';
import {
  configState,
  type Kind,
  type Plan,
  type PlanAddOn,
  quotaSyncState,
  type ServiceQuota,
} from '../../../lib/wap/types';
import { bytesOf, type JsonObject, jsonObject } from '../../json-body';
import { param, route } from '../../routes';
import { badRequest, conflict, notFound } from '../errors';
import type { Installation } from '../installation';
import { advertisements, integer, serviceQuotas, text, textOrNull } from '../read';
import { plansWith } from '../views';
import { providerOf } from './resource-provider-list';

/** What the documents say differently of plans and add-ons. */
const documented = {
  plan: { path: '/plans', id: '/plans/:id', feed: 'plans', created: 201 }, // dn448640
  addon: { path: '/addons', id: '/addons/:id', feed: 'addons', created: 200 }, // dn448743
} as const;

/** List, create, get, update and delete: dn448758, dn448640, dn448815, dn448668, dn448737 and, for add-ons, dn448701,
 *  dn448743, dn448658. */
export function planRoutes(admin: Router, wap: Installation, kind: Kind): void {
  const doc = documented[kind];
  route(admin, doc.path, {
    GET: (_req, res) => res.json(wap.showAll(kind)),
    POST: (req, res) => {
      const id = create(wap, kind, jsonObject(req));
      res.status(doc.created).json(wap.show(kind, id));
    },
  });
  route(admin, doc.id, {
    GET: (req, res) => res.json(wap.show(kind, param(req, 'id'))),
    PUT: (req, res) => {
      const { Id } = wap.get(kind, param(req, 'id'));
      replace(wap, kind, Id, jsonObject(req));
      res.json(wap.show(kind, Id));
    },
    DELETE: (req, res) => {
      if (bytesOf(req).length > 0) throw badRequest('DELETE takes no body.');
      remove(wap, kind, param(req, 'id'));
      res.status(200).end();
    },
  });
}

/** A new plan is private and not configured, whatever was sent; settings of its services are not honoured. */
function create(wap: Installation, kind: Kind, body: JsonObject): string {
  const name = freeName(wap, kind, body, null);
  const services = serviceQuotas(body).map(newService);
  if (new Set(services.map(service => service.ServiceName)).size < services.length) {
    throw badRequest('A service is named twice.', 'ServiceQuotas');
  }
  const own = {
    Id: wap.newId(name),
    State: 0,
    ConfigState: configState.notConfigured,
    QuotaSyncState: services.length > 0 ? quotaSyncState.outOfSync : quotaSyncState.inSync,
    LastErrorMessage: null,
    ServiceQuotas: services,
    SubscriptionCount: 0,
  };
  if ('State' in body) integer(body, 'State', isState);
  if (kind === 'plan') wap.data.plans.push({ ...planFields(body), ...own, ...noLinks() });
  else wap.data.addons.push({ ...addOnFields(body), ...own, AssociatedPlans: [] });
  wap.raise(documented[kind].feed, 'POST', wap.show(kind, own.Id));
  if (kind === 'plan') {
    for (const service of services) wap.raise('planServices', 'POST', serviceReference(service), own.Id);
  }
  return own.Id;
}

/** The whole object is replaced, but for what is WAP's own: quotas, links, counts and states of the services. */
function replace(wap: Installation, kind: Kind, id: string, body: JsonObject): void {
  const sentId = body.Id;
  if (sentId !== undefined && sentId !== id) throw badRequest('Id differs from the one in the address.', 'Id');
  freeName(wap, kind, body, id);
  const State = integer(body, 'State', isState);
  const known = wap.get(kind, id);
  const kept = {
    Id: id,
    State,
    ConfigState: known.ConfigState,
    QuotaSyncState: known.QuotaSyncState,
    LastErrorMessage: known.LastErrorMessage,
    ServiceQuotas: known.ServiceQuotas,
    SubscriptionCount: 0,
  };
  const { plans, addons } = wap.data;
  if (kind === 'plan') {
    const { AddOnReferences } = wap.plan(id);
    const next: Plan = { ...planFields(body), ...kept, AddOnReferences, AddOns: [] };
    wap.data.plans = plans.map(plan => (plan.Id === id ? next : plan));
  } else {
    const next: PlanAddOn = { ...addOnFields(body), ...kept, AssociatedPlans: [] };
    wap.data.addons = addons.map(addon => (addon.Id === id ? next : addon));
  }
  wap.changed(kind, id);
}

/** Refused while somebody uses it; the code is not documented (assumed 409 for subscriptions, 400 for links). */
function remove(wap: Installation, kind: Kind, id: string): void {
  const last = wap.show(kind, id);
  if (last.SubscriptionCount !== 0) throw conflict(`'${id}' has subscriptions.`, 'SubscriptionCount');
  const linked = kind === 'plan' ? wap.plan(id).AddOnReferences.length : plansWith(wap, id).length;
  if (linked > 0) throw badRequest(`'${id}' is linked: unlink it first.`, 'AddOnReferences');
  wap.data.plans = wap.data.plans.filter(plan => kind !== 'plan' || plan.Id !== id);
  wap.data.addons = wap.data.addons.filter(addon => kind !== 'addon' || addon.Id !== id);
  wap.raise(documented[kind].feed, 'DELETE', last);
}

function planFields(body: JsonObject) {
  return {
    ...body,
    DisplayName: text(body, 'DisplayName'),
    Advertisements: advertisements(body),
    MaxSubscriptionsPerAccount:
      body.MaxSubscriptionsPerAccount === undefined
        ? 1
        : integer(body, 'MaxSubscriptionsPerAccount', value => value === -1 || value > 0),
    InvitationCode: textOrNull(body, 'InvitationCode'),
    Price: textOrNull(body, 'Price'),
  };
}

function addOnFields(body: JsonObject) {
  return {
    ...body,
    DisplayName: text(body, 'DisplayName'),
    Advertisements: advertisements(body),
    MaxOccurrencesPerPlan:
      body.MaxOccurrencesPerPlan === undefined
        ? 1
        : integer(body, 'MaxOccurrencesPerPlan', value => value === -1 || value > 0),
    Price: textOrNull(body, 'Price'),
  };
}

const isState = (value: number): boolean => value >= 0 && value <= 2;

const noLinks = () => ({ AddOnReferences: [], AddOns: [] });

function freeName(wap: Installation, kind: Kind, body: JsonObject, ownId: string | null): string {
  const name = text(body, 'DisplayName');
  const holder = wap.named(kind, name);
  if (holder && holder.Id !== ownId) throw conflict(`The name '${name}' exists already.`, 'DisplayName');
  return name;
}

/** A service as it begins in a plan: known to WAP, without settings (dn448824, dn448739). */
export function newService(sent: ServiceQuota): ServiceQuota {
  const provider = providerOf(sent.ServiceName, sent.ServiceInstanceId);
  if (!provider) throw notFound(`Resource provider '${sent.ServiceName}' was not found.`);
  return {
    ...sent,
    ServiceDisplayName: provider.DisplayName,
    ServiceInstanceDisplayName: provider.InstanceDisplayName ?? null,
    ConfigState: configState.notConfigured,
    QuotaSyncState: quotaSyncState.outOfSync,
    Settings: [],
  };
}

/** The entity of a service's events (dn448657). */
export function serviceReference(service: ServiceQuota) {
  return { Name: service.ServiceName, InstanceId: service.ServiceInstanceId, ConfigState: service.ConfigState ?? 0 };
}
