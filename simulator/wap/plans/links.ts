import type { Router } from 'express';
import { configState, type PlanAddOnReference } from '../../../lib/wap/types';
import { jsonObject } from '../../json-body';
import { param, route } from '../../routes';
import { badRequest, conflict, notFound } from '../errors';
import type { Installation } from '../installation';
import { addOnReference } from '../read';

/** Links of add-ons to a plan: dn448772 (201), dn448703 (200). */
export function linkRoutes(admin: Router, wap: Installation): void {
  route(admin, '/plans/:id/addons', {
    POST: (req, res) => {
      const { Id } = wap.plan(param(req, 'id'));
      const reference = addOnReference(jsonObject(req));
      link(wap, Id, reference);
      res.status(201).json(reference);
    },
  });
  route(admin, '/plans/:id/addons/:addOnId', {
    DELETE: (req, res) => {
      unlink(wap, param(req, 'id'), param(req, 'addOnId'));
      res.status(200).end();
    },
  });
}

/** The add-on must be configured first (PS Add-MgmtSvcPlanAddOn), and cannot bring a new service (dn469339). */
function link(wap: Installation, planId: string, reference: PlanAddOnReference): void {
  const plan = wap.plan(planId);
  const addon = wap.addon(reference.AddOnId);
  if (plan.AddOnReferences.some(known => known.AddOnId === addon.Id)) {
    throw conflict(`Add-on '${addon.Id}' is already linked to '${planId}'.`, 'AddOnId');
  }
  if (addon.ConfigState !== configState.configured) {
    throw badRequest(`Add-on '${addon.Id}' is not configured yet.`, 'AddOnId');
  }
  const services = plan.ServiceQuotas.map(service => service.ServiceName);
  const foreign = addon.ServiceQuotas.find(service => !services.includes(service.ServiceName));
  if (foreign) throw badRequest(`The plan does not have the add-on's service '${foreign.ServiceName}'.`, 'AddOnId');
  plan.AddOnReferences.push(reference);
  wap.raise('planAddons', 'POST', reference, planId);
}

function unlink(wap: Installation, planId: string, addOnId: string): void {
  const plan = wap.plan(planId);
  const reference = plan.AddOnReferences.find(known => known.AddOnId === addOnId);
  if (!reference) throw notFound(`Add-on '${addOnId}' is not linked to '${planId}'.`);
  plan.AddOnReferences = plan.AddOnReferences.filter(known => known !== reference);
  wap.raise('planAddons', 'DELETE', reference, planId);
}
