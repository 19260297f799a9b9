import type { Request, Router } from 'express';
import { configState, type Kind, quotaSyncState, type ServiceQuota } from '../../../lib/wap/types';
import { bytesOf, jsonObject } from '../../json-body';
import { param, query, route } from '../../routes';
import { badRequest, notFound, providerError } from '../errors';
import type { Installation } from '../installation';
import { queryBoolean, serviceQuotas } from '../read';

/** What the documents say differently: plans dn448811 and dn448816, add-ons dn448785 and dn448805. */
const documented = {
  plan: { path: '/plans/:id/quota', synchronised: 202 },
  addon: { path: '/addons/:id/quota', synchronised: 200 },
} as const;

/** Sets quotas, or with `?sync=True` and no body brings them to the subscriptions. */
export function quotaRoutes(admin: Router, wap: Installation, kind: Kind): void {
  const doc = documented[kind];
  route(admin, doc.path, {
    PUT: (req, res) => {
      const { Id } = wap.get(kind, param(req, 'id'));
      if (asksToSync(req)) {
        wap.startSync(kind, Id);
        wap.changed(kind, Id);
        res.status(doc.synchronised).end();
        return;
      }
      setQuotas(wap, kind, Id, sentQuotas(req));
      res.json(wap.show(kind, Id));
    },
  });
}

function asksToSync(req: Request): boolean {
  const sync = queryBoolean(query(req, 'sync'), 'sync', false);
  if (sync && bytesOf(req).length > 0) throw badRequest('Synchronising takes no body.');
  return sync;
}

function sentQuotas(req: Request): ServiceQuota[] {
  const body = jsonObject(req);
  if (!Array.isArray(body.ServiceQuotas)) throw badRequest('ServiceQuotas must be a list.', 'ServiceQuotas');
  const quotas = serviceQuotas(body);
  for (const quota of quotas) checkSettings(quota);
  return quotas;
}

/** All or nothing: a service that is not in the plan refuses the whole. Services not named stay as they are (assumed). */
function setQuotas(wap: Installation, kind: Kind, id: string, quotas: ServiceQuota[]): void {
  const services = wap.get(kind, id).ServiceQuotas;
  const pairs = quotas.map(quota => ({ quota, service: services.find(service => sameService(service, quota)) }));
  for (const { quota, service } of pairs) {
    if (!service) throw notFound(`Service '${quota.ServiceName}' is not part of '${id}'.`);
    // What a service tells about itself is WAP's own; the settings are kept byte for byte.
    const { ServiceDisplayName, ServiceInstanceDisplayName } = service;
    Object.assign(service, quota, { ServiceDisplayName, ServiceInstanceDisplayName });
    const configured = quota.Settings.length > 0;
    service.ConfigState = configured ? configState.configured : configState.notConfigured;
    service.QuotaSyncState = quotaSyncState.outOfSync;
  }
  wap.startSync(kind, id);
  wap.changed(kind, id);
}

export function sameService(service: ServiceQuota, other: ServiceQuota): boolean {
  return (
    service.ServiceName === other.ServiceName &&
    service.ServiceInstanceId.toLowerCase() === other.ServiceInstanceId.toLowerCase()
  );
}

/** Database services read their `Editions` as a JSON list; every other value is opaque text. */
function checkSettings(quota: ServiceQuota): void {
  if (quota.ServiceName !== 'sqlservers' && quota.ServiceName !== 'mysqlservers') return;
  const editions = quota.Settings.find(setting => setting.Key === 'Editions');
  if (editions && !isJsonList(editions.Value)) throw providerError('Quota setting {0} is not valid.', 'Editions');
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
