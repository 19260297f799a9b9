import type { RequestHandler, Router } from 'express';
import type { Kind } from '../../../lib/wap/types';
import { type JsonObject, jsonObject } from '../../json-body';
import { param, route } from '../../routes';
import { conflict, notFound } from '../errors';
import type { Installation } from '../installation';
import { integer, text } from '../read';
import { newService, serviceReference } from './plans';

/** Adding answers 200 for a plan (dn448765) and 201 for an add-on (dn448735). */
const documented = {
  plan: { path: '/plans/:id/services', one: '/plans/:id/services/:name', added: 200 },
  addon: { path: '/addons/:id/services', one: '/addons/:id/services/:name', added: 201 },
} as const;

/** Adds and removes services of a plan or add-on; removal (dn567552, SDK) goes by the service's name. */
export function serviceRoutes(admin: Router, wap: Installation, kind: Kind, addVerb: 'POST' | 'PUT'): void {
  const doc = documented[kind];
  const addService: RequestHandler = (req, res) => {
    const { Id } = wap.get(kind, param(req, 'id'));
    res.status(doc.added).json(add(wap, kind, Id, jsonObject(req)));
  };
  route(admin, doc.path, { [addVerb]: addService });
  route(admin, doc.one, {
    DELETE: (req, res) => {
      remove(wap, kind, param(req, 'id'), param(req, 'name'));
      res.status(200).end();
    },
  });
}

function add(wap: Installation, kind: Kind, id: string, body: JsonObject) {
  if ('ConfigState' in body) integer(body, 'ConfigState', value => value === 0 || value === 1);
  const sent = { ServiceName: text(body, 'Name'), ServiceInstanceId: text(body, 'InstanceId'), Settings: [] };
  const item = wap.get(kind, id);
  const service = newService(sent);
  if (item.ServiceQuotas.some(known => known.ServiceName === sent.ServiceName)) {
    throw conflict(`Service '${sent.ServiceName}' is already part of '${id}'.`, 'Name');
  }
  item.ServiceQuotas.push(service);
  raiseChange(wap, kind, id, 'POST', service);
  return serviceReference(service);
}

function remove(wap: Installation, kind: Kind, id: string, name: string): void {
  const item = wap.get(kind, id);
  const service = item.ServiceQuotas.find(known => known.ServiceName === name);
  if (!service) throw notFound(`Service '${name}' is not part of '${id}'.`);
  item.ServiceQuotas = item.ServiceQuotas.filter(known => known !== service);
  raiseChange(wap, kind, id, 'DELETE', service);
}

/** A plan's services have a feed of their own; an add-on's have none, so that its PUT event tells. Both change the
 *  rolled-up state of the whole. */
function raiseChange(
  wap: Installation,
  kind: Kind,
  id: string,
  method: 'POST' | 'DELETE',
  service: Parameters<typeof serviceReference>[0],
): void {
  if (kind === 'plan') wap.raise('planServices', method, serviceReference(service), id);
  wap.changed(kind, id);
}
