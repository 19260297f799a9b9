import type { Clock } from '../../async/clock';
import { invalid } from '../../errors';
import type { HttpClient } from '../../http/types';
import { isSameName } from '../../ids';
import type { Kind, PlanOrAddOn } from '../types';
import { addService } from './add-service';
import type { CallOptions, WapAdmin } from './admin';
import { adminSender, kindNames, pathPart, resourcePath, rootPath } from './admin-calls';
import { createOnce } from './create';
import { linkOnce } from './link';
import { readList, readMetricSet, readPlanOrAddOn, writtenObject } from './read';
import { readResourceProvider } from './read-provider';
import { isWapTime } from './time';

/** What is to be removed, and is not there, needs no removal. */
const gone = (status: number) => status === 404;

/** WAP's admin API over HTTP; see WapAdmin for what each verb promises. Verbs and paths: dn448674 and its pages, SDK.
 *  Where WAP answers a write with an empty body, the object is read back. */
export function openAdmin(http: HttpClient, principal: string, clock: Clock): WapAdmin {
  const send = adminSender(http, principal, clock);
  const named = (kind: Kind, id: string) => `${kindNames[kind]} ${id}`;

  /** A write that WAP answers with the whole object or with nothing. Safe to repeat. */
  async function put(kind: Kind, id: string, path: string, body: unknown, options?: CallOptions): Promise<PlanOrAddOn> {
    const subject = named(kind, id);
    const answer = await send({ method: 'PUT', path, body, repeatable: true, subject }, options);
    return answer.body === null ? admin.get(kind, id, options) : readPlanOrAddOn(kind, answer.body, subject);
  }

  const admin: WapAdmin = {
    async list(kind, options) {
      const subject = `${kindNames[kind]}s`;
      const { body } = await send({ method: 'GET', path: rootPath(kind), repeatable: true, subject }, options);
      return readList(body, subject, (element, what) => readPlanOrAddOn(kind, element, what));
    },

    async get(kind, id, options) {
      const subject = named(kind, id);
      const path = resourcePath(kind, id);
      const { body } = await send({ method: 'GET', path, repeatable: true, subject }, options);
      return readPlanOrAddOn(kind, body, subject);
    },

    async written(kind, id, options) {
      const subject = named(kind, id);
      const path = resourcePath(kind, id);
      const { body } = await send({ method: 'GET', path, repeatable: true, subject }, options);
      readPlanOrAddOn(kind, body, subject);
      return writtenObject(kind, body, subject);
    },

    async find(kind, id, options) {
      const subject = named(kind, id);
      const path = resourcePath(kind, id);
      const answer = await send({ method: 'GET', path, repeatable: true, subject, accept: gone }, options);
      return answer.status === 404 ? null : readPlanOrAddOn(kind, answer.body, subject);
    },

    async findByName(kind, displayName, options) {
      const all = await admin.list(kind, options);
      const same = all.find(plan => plan.DisplayName === displayName);
      return same ?? all.find(plan => isSameName(plan.DisplayName, displayName)) ?? null;
    },

    create: (kind, draft, options) => createOnce(admin, send, clock, kind, draft, options),

    update: (kind, plan, options) => put(kind, plan.Id, resourcePath(kind, plan.Id), plan, options),

    async remove(kind, id, options) {
      const path = resourcePath(kind, id);
      await send({ method: 'DELETE', path, repeatable: true, subject: named(kind, id), accept: gone }, options);
    },

    setQuotas: (kind, id, quotas, options) =>
      put(kind, id, resourcePath(kind, id, 'quota'), { ServiceQuotas: quotas }, options),

    async syncQuotas(kind, id, options) {
      const subject = named(kind, id);
      // dn448816 (plans) writes True, dn448805 (add-ons) true.
      const query = { sync: kind === 'plan' ? 'True' : 'true' };
      await send({ method: 'PUT', path: resourcePath(kind, id, 'quota'), query, repeatable: true, subject }, options);
    },

    addService: (kind, id, service, options) => addService(send, kind, id, service, options),

    async removeService(kind, id, serviceName, options) {
      const subject = `service ${serviceName} of ${named(kind, id)}`;
      const path = resourcePath(kind, id, 'services', pathPart('serviceName', serviceName));
      await send({ method: 'DELETE', path, repeatable: true, subject, accept: gone }, options);
    },

    linkAddOn: (planId, addOnId, options) => linkOnce(admin, send, clock, planId, addOnId, options),

    async unlinkAddOn(planId, addOnId, options) {
      const subject = `add-on ${addOnId} of plan ${planId}`;
      const path = resourcePath('plan', planId, 'addons', pathPart('addOnId', addOnId));
      await send({ method: 'DELETE', path, repeatable: true, subject, accept: gone }, options);
    },

    async metrics(kind, id, startTime, endTime, options) {
      const subject = `metrics of ${named(kind, id)}`;
      const path = resourcePath(kind, id, 'metrics');
      // WAP answers a bad time with 404, as if it did not know the plan (dn448612).
      checkTime('startTime', startTime);
      checkTime('endTime', endTime);
      const query = { startTime, endTime };
      const { body } = await send({ method: 'GET', path, query, repeatable: true, subject }, options);
      return readList(body, subject, readMetricSet);
    },

    async resourceProviders(includeSystem, options) {
      const subject = 'resource providers';
      const query = { includeSystemResourceProviders: includeSystem ? 'True' : 'False' };
      const { body } = await send(
        { method: 'GET', path: '/resourceproviders', query, repeatable: true, subject },
        options,
      );
      return readList(body, subject, readResourceProvider);
    },

    async resourceProvider(name, instanceId, options) {
      const subject = `resource provider ${name}`;
      const path = `/resourceproviders/${pathPart('name', name)}/${pathPart('instanceId', instanceId)}`;
      const { body } = await send({ method: 'GET', path, repeatable: true, subject }, options);
      return readResourceProvider(body, subject);
    },
  };
  return admin;
}

/** @throws INPUT_INVALID naming the field */
function checkTime(field: string, value: unknown): void {
  if (isWapTime(value)) return;
  throw invalid(field, 'a time such as 2026-01-31T00:00:00Z', value);
}
