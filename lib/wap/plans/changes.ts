import { isSameName } from '../../ids';
import type { WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import { linkedIds } from '../client/kind';
import { readList, readObject, readPlanOrAddOn, readServiceQuota } from '../client/read';
import type { Kind, Open, PlanAdvertisement, PlanOrAddOn, ResourceProviderReference } from '../types';
import { configState } from '../types';
import { isSameService, sameAdvertisements, sameSettings } from './compare';
import type { PlanConfiguration, WantedText } from './configuration';
import { targetSettings } from './quota-target';

/** A configuration in which every service has its instance. */
export interface Target extends Omit<PlanConfiguration, 'services' | 'sameAs'> {
  services: Array<{ ServiceName: string; ServiceInstanceId: string }>;
}

/** Which part of a configuration a change is about. */
export type ConfigurationPart = 'services' | 'quotas' | 'links' | 'texts';

/** One call to make, and what it does in words. */
export interface Change {
  part: ConfigurationPart;
  text: string;
  apply(admin: WapAdmin, call: { signal?: AbortSignal } | undefined): Promise<unknown>;
}

/** The calls that bring a plan to its target, in the order WAP needs: an add-on can be linked only to a plan that has its
 *  services, and cannot stay linked without them. Empty when nothing differs. */
export function changesTo(kind: Kind, plan: PlanOrAddOn, target: Target): Change[] {
  const { removed, added } = linkChanges(kind, plan, target);
  const quotas = quotaChange(kind, plan, target);
  const fields = fieldChange(kind, plan, target);
  return [...removed, ...serviceChanges(kind, plan, target), ...quotas, ...fields, ...added];
}

/** Links to be made and to be removed, apart, because they go before and after everything else. */
function linkChanges(kind: Kind, plan: PlanOrAddOn, { links, removeOtherLinks }: Target) {
  const present = linkedIds(plan);
  const other = kind === 'plan' ? 'add-on' : 'plan';
  const pair = (id: string) => (kind === 'plan' ? ([plan.Id, id] as const) : ([id, plan.Id] as const));
  const isIn = (list: string[], id: string) => list.some(other => isSameName(other, id));
  const missing = (links ?? []).filter((id, index, all) => !isIn(present, id) && !isIn(all.slice(0, index), id));
  const extra = removeOtherLinks && links ? present.filter(id => !isIn(links, id)) : [];
  return {
    added: missing.map(
      (id): Change => ({
        part: 'links',
        text: `${other} ${id} linked`,
        apply: (admin, call) => admin.linkAddOn(...pair(id), call),
      }),
    ),
    removed: extra.map(
      (id): Change => ({
        part: 'links',
        text: `${other} ${id} unlinked`,
        apply: (admin, call) => admin.unlinkAddOn(...pair(id), call),
      }),
    ),
  };
}

/** Services in the order removed, added; one call each, because WAP takes them singly. */
function serviceChanges(kind: Kind, plan: PlanOrAddOn, { services, removeOtherServices }: Target): Change[] {
  const missing = services.filter(service => !plan.ServiceQuotas.some(known => isSameService(known, service)));
  const extra = removeOtherServices
    ? plan.ServiceQuotas.filter(known => !services.some(service => isSameService(known, service)))
    : [];
  const remove = extra.map(
    ({ ServiceName }): Change => ({
      part: 'services',
      text: `service ${ServiceName} removed`,
      apply: (admin, call) => admin.removeService(kind, plan.Id, ServiceName, call),
    }),
  );
  const add = missing.map(({ ServiceName, ServiceInstanceId }): Change => {
    const reference: ResourceProviderReference = {
      Name: ServiceName,
      InstanceId: ServiceInstanceId,
      ConfigState: configState.notConfigured,
    };
    return {
      part: 'services',
      text: `service ${ServiceName} added`,
      apply: (admin, call) => admin.addService(kind, plan.Id, reference, call),
    };
  });
  return [...remove, ...add];
}

/** One call with all services: it is not documented whether WAP keeps services that are left out. Sends what WAP wrote, with
 *  the changed settings. */
function quotaChange(kind: Kind, plan: PlanOrAddOn, target: Target): Change[] {
  const differing = (target.quotas ?? []).filter(quota => {
    const known = plan.ServiceQuotas.find(candidate => isSameService(candidate, quota));
    return !known || !sameSettings(known.Settings, targetSettings(known, known.Settings, target));
  });
  if (differing.length === 0) return [];
  return [
    {
      part: 'quotas',
      text: `quotas of ${differing.map(quota => quota.ServiceName).join(', ')} set`,
      apply: async (admin, call) => {
        // Services may have been added since `plan` was read.
        const now = await admin.written(kind, plan.Id, call);
        await admin.setQuotas(kind, plan.Id, readList(now.ServiceQuotas, 'ServiceQuotas', withTarget(target)), call);
      },
    },
  ];
}

/** A service as WAP writes it now, with the wanted settings in place of its own. */
const withTarget =
  (target: Target) =>
  (written: unknown, what: string): Open => {
    const known = readServiceQuota(written, what);
    const settings = targetSettings(known, known.Settings, target);
    return { ...readObject(written, what), ...(settings === known.Settings ? {} : { Settings: settings }) };
  };

/** The fields of the plan itself that have to change. */
export function wantedFields(plan: PlanOrAddOn, target: Omit<Target, 'services'>): Open {
  const fields: Open = {};
  const scalars = {
    Price: target.price,
    InvitationCode: target.invitationCode,
    MaxSubscriptionsPerAccount: target.maxSubscriptionsPerAccount,
    MaxOccurrencesPerPlan: target.maxOccurrencesPerPlan,
  };
  for (const [name, value] of Object.entries(scalars)) {
    if (value !== undefined && value !== (plan[name] ?? null)) fields[name] = value;
  }
  const texts = target.advertisements && mergedTexts(plan.Advertisements, target.advertisements, target);
  if (texts && !sameAdvertisements(texts, plan.Advertisements)) fields.Advertisements = texts;
  return fields;
}

/** Merged by language: missing texts stay, and so do other languages unless they are to be removed. */
function mergedTexts(
  known: PlanAdvertisement[],
  wanted: WantedText[],
  { removeOtherTexts = false }: Pick<Target, 'removeOtherTexts'>,
): PlanAdvertisement[] {
  const find = <T extends { LanguageCode: string }>(list: T[], { LanguageCode: code }: { LanguageCode: string }) =>
    list.find(({ LanguageCode }) => LanguageCode.toLowerCase() === code.toLowerCase());
  const changed = wanted.map(text => {
    const before = find(known, text);
    const said = Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined));
    const { LanguageCode } = before ?? text;
    return { ...{ DisplayName: null, Description: null }, ...before, ...said, LanguageCode };
  });
  const rest = removeOtherTexts ? [] : known.filter(text => !find(wanted, text));
  return [
    ...known.flatMap(text => find(changed, text) ?? find(rest, text) ?? []),
    ...changed.filter(text => !find(known, text)),
  ];
}

/** All fields in one write of the whole object: what WAP wrote last goes back unchanged beside them. */
function fieldChange(kind: Kind, plan: PlanOrAddOn, target: Target): Change[] {
  const fields = wantedFields(plan, target);
  if (Object.keys(fields).length === 0) return [];
  return [
    {
      part: 'texts',
      text: `${Object.keys(fields).join(', ')} set`,
      apply: async (admin, call) => {
        const now = await admin.written(kind, plan.Id, call);
        const own = wantedFields(readPlanOrAddOn(kind, now, `the ${kindNames[kind]}`), target);
        await admin.update(kind, { ...now, ...own, Id: plan.Id }, call);
      },
    },
  ];
}
