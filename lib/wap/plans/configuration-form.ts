import { AdapterError } from '../../errors';
import { isSameName } from '../../ids';
import type { CallOptions, WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import { findPlan } from '../client/look-up';
import type { Kind } from '../types';
import { isSameService } from './compare';
import {
  checkConfiguration,
  type PlanConfiguration,
  type WantedQuota,
  type WantedService,
  type WantedText,
} from './configuration';
import { readQuotas } from './quota-input';

/** A configuration as people write it: names where WAP wants ids, everything optional, empty means unchanged. */
export interface ConfigurationForm {
  /** Id or display name of another one of the same kind. */
  sameAs?: string | undefined;
  /** By name, as WAP's list of services has it. */
  services: WantedService[];
  /** See `readQuotas`. */
  quotas?: unknown;
  /** Replace the plan's quotas instead of being merged into them. */
  replaceQuotas: boolean;
  /** Ids or display names: add-ons of a plan, plans of an add-on. */
  links: string[];
  /** Texts by language; see `PlanConfiguration`. */
  advertisements: WantedText[];
  price?: string | undefined;
  invitationCode?: string | undefined;
  /** Subscriptions per account of a plan, occurrences per plan of an add-on; -1 is unlimited. */
  maximum?: number | undefined;
  /** Of services, links and languages, each only where some are named. */
  removeOthers: boolean;
}

/** A service that is named in the form, and where. */
interface Named {
  service: WantedService;
  field: string;
}

/** Checks the form, then turns its names into ids by what WAP holds now; changes nothing in WAP.
 *  @throws INPUT_INVALID before any call for a wrong shape; after reading, for a service, add-on or plan that WAP does not
 *  offer or has more than once, with the names it does offer; WAP_NOT_FOUND when `sameAs` is unknown */
export async function configurationFromForm(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  form: ConfigurationForm,
  call: CallOptions = {},
): Promise<PlanConfiguration> {
  const quotas = form.quotas === undefined ? [] : readQuotas(form.quotas);
  const { services, links, advertisements, price, invitationCode, maximum, removeOthers, replaceQuotas } = form;
  const own: PlanConfiguration = {
    ...(advertisements.length > 0 ? { advertisements: advertisements.map(said) } : {}),
    ...(price === undefined ? {} : { price }),
    ...(invitationCode === undefined ? {} : { invitationCode }),
    ...(maximum === undefined ? {} : maximumOf(kind, maximum)),
  };
  checkConfiguration(kind, { ...own, services, quotas, links });

  const named = [...namedServices(services, 'services'), ...namedServices(quotas, 'quotas')];
  const sameAs = await sourceId(admin, kind, form.sameAs, call);
  const linkIds = await linkedIdsOf(admin, kind, links, call);
  const found = await withInstances(admin, kind, id, named, call);
  const isListed = named.length > 0 || sameAs !== undefined;
  return {
    ...own,
    ...(sameAs === undefined ? {} : { sameAs }),
    ...(services.length > 0 ? { services: found.slice(0, services.length) } : {}),
    ...(quotas.length > 0 ? { quotas: placed(quotas, found.slice(services.length)), replaceQuotas } : {}),
    ...(links.length > 0 ? { links: linkIds } : {}),
    removeOtherServices: removeOthers && isListed,
    removeOtherLinks: removeOthers,
    ...(advertisements.length > 0 ? { removeOtherTexts: removeOthers } : {}),
  };
}

/** An empty description is left out: it would replace one that is there. */
const said = ({ Description, ...text }: WantedText): WantedText => (Description ? { ...text, Description } : text);

/** The field of a maximum in plans and in add-ons. */
const maximumOf = (kind: Kind, maximum: number): PlanConfiguration =>
  kind === 'plan' ? { maxSubscriptionsPerAccount: maximum } : { maxOccurrencesPerPlan: maximum };

/** Services with their places in the form, for errors. */
const namedServices = (services: WantedService[], field: string): Named[] =>
  services.map((service, index) => ({ service, field: `${field}[${index}]` }));

/** Quotas with the instances that were found for them, in the same order. */
const placed = (quotas: WantedQuota[], services: WantedService[]): WantedQuota[] =>
  quotas.map((quota, index) => ({ ...quota, ...services[index] }));

/** @throws WAP_NOT_FOUND when WAP has nothing of this id or name */
async function sourceId(admin: WapAdmin, kind: Kind, sameAs: string | undefined, call: CallOptions) {
  if (sameAs === undefined) return undefined;
  const source = await findPlan(admin, kind, sameAs, call);
  if (source) return source.Id;
  throw new AdapterError('WAP_NOT_FOUND', `sameAs: WAP has no ${kindNames[kind]} with the id or name ${sameAs}.`, {
    subject: 'sameAs',
  });
}

/** Ids of what is named: an id wins over a name, an exact name over one in another case. @throws INPUT_INVALID */
async function linkedIdsOf(admin: WapAdmin, kind: Kind, links: string[], call: CallOptions): Promise<string[]> {
  if (links.length === 0) return [];
  const other: Kind = kind === 'plan' ? 'addon' : 'plan';
  const offered = await admin.list(other, call);
  return links.map((link, index) => {
    const found =
      offered.find(({ Id }) => isSameName(Id, link)) ??
      offered.find(({ DisplayName }) => DisplayName === link) ??
      offered.find(({ DisplayName }) => isSameName(DisplayName, link));
    if (found) return found.Id;
    const names = offered.map(({ DisplayName }) => DisplayName);
    throw notOffered(`links[${index}]`, `${kindNames[other]} ${link}`, names);
  });
}

/** Adds each service's instance: the one given, the one the plan has, or the only one that WAP offers. */
async function withInstances(admin: WapAdmin, kind: Kind, id: string, named: Named[], call: CallOptions) {
  if (named.every(({ service }) => service.ServiceInstanceId)) return named.map(({ service }) => service);
  const plan = await admin.get(kind, id, call);
  const providers = await admin.resourceProviders(false, call);
  const told = named.map(({ service }) => service).filter(service => service.ServiceInstanceId);
  const known = [...told, ...plan.ServiceQuotas];
  return named.map(({ service, field }): WantedService => {
    const ServiceName = service.ServiceName;
    const instance = service.ServiceInstanceId ?? known.find(one => isSameService(one, service))?.ServiceInstanceId;
    if (instance) return { ServiceName, ServiceInstanceId: instance };
    const instances = providers.filter(({ Name }) => Name === ServiceName).map(({ InstanceId }) => InstanceId);
    const [only, ...more] = instances;
    if (only === undefined) {
      throw notOffered(field, `service ${ServiceName}`, [...new Set(providers.map(({ Name }) => Name))]);
    }
    if (more.length === 0) return { ServiceName, ServiceInstanceId: only };
    throw AdapterError.advising(
      'INPUT_INVALID',
      `${field}: WAP has several instances of ${ServiceName}; name one of ${instances.join(', ')}.`,
      { subject: field },
    );
  });
}

/** Names in one sentence. */
const mostNames = 20;

/** INPUT_INVALID with what could have been meant, because a name is mostly only misspelt. */
function notOffered(field: string, what: string, names: string[]): AdapterError {
  const shown = names.slice(0, mostNames).join(', ') + (names.length > mostNames ? ' …' : '');
  const offered = names.length > 0 ? `it offers ${shown}` : 'it offers none';
  return new AdapterError('INPUT_INVALID', `${field}: WAP has no ${what}; ${offered}.`, { subject: field });
}
