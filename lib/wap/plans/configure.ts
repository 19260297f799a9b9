import { AdapterError } from '../../errors';
import type { CallOptions, WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import type { Kind, PlanOrAddOn } from '../types';
import type { ConfigurationPart, Target } from './changes';
import { changesTo } from './changes';
import { isSameService } from './compare';
import type { PlanConfiguration, WantedService } from './configuration';
import { checkConfiguration, configurationOf } from './configuration';
import { laidOver } from './quota-target';
import { type SettleOptions, untilShown } from './settle';
import { lostSince } from './unchanged';

export type { PlanConfiguration } from './configuration';
export type { SettleOptions } from './settle';

export interface Configured {
  /** As last read. */
  plan: PlanOrAddOn;
  /** What was sent, in words; empty when nothing differed. */
  changes: string[];
  /** What the changes were about, each once. */
  parts: ConfigurationPart[];
}

/** Configures a plan or add-on: sends only what differs, then reads until WAP shows all of it, with everything else unchanged.
 *  Safe to repeat, also after a failure half-way.
 *  @throws INPUT_INVALID before any call, naming the field; WAP_NOT_FOUND for an unknown plan or service; WAP_BAD_RESPONSE when
 *  WAP accepted the changes but does not show them (in `cause.details`)
 *  Source: dn448668, dn448811, dn448765, dn448772. */
export async function configurePlan(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  wanted: PlanConfiguration,
  call: SettleOptions = {},
): Promise<Configured> {
  const { before, target, ...sent } = await applyConfiguration(admin, kind, id, wanted, call);
  if (sent.changes.length === 0) return { plan: before, ...sent };
  const plan = await untilShown(
    () => admin.get(kind, id, call),
    now => {
      const missing = changesTo(kind, now, target).map(change => change.text);
      return missing.length > 0 ? missing : lostSince(before, now, target);
    },
    (missing, now) => {
      const subject = `${kindNames[kind]} ${now.DisplayName}`;
      const message = `WAP took the configuration of ${subject}, but does not show: ${missing.join('; ')}.`;
      return new AdapterError('WAP_BAD_RESPONSE', message, { subject, retryable: true, details: missing });
    },
    call,
  );
  return { plan, ...sent };
}

/** Sends what differs without waiting until WAP shows it.
 *  @throws as configurePlan, except WAP_BAD_RESPONSE */
export async function applyConfiguration(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  wanted: PlanConfiguration,
  call: CallOptions,
): Promise<Omit<Configured, 'plan'> & { before: PlanOrAddOn; target: Target }> {
  checkConfiguration(kind, wanted);
  const before = await admin.get(kind, id, call);
  const full = await withSource(admin, kind, before, wanted, call);
  const target: Target = { ...full, services: await findInstances(admin, before, full, call) };
  const changes = changesTo(kind, before, target);
  for (const change of changes) await change.apply(admin, call);
  const parts = [...new Set(changes.map(change => change.part))];
  return { before, changes: changes.map(change => change.text), parts, target };
}

/** `sameAs` is read once; whatever is given beside it takes precedence. */
async function withSource(
  admin: WapAdmin,
  kind: Kind,
  plan: PlanOrAddOn,
  { sameAs, ...own }: PlanConfiguration,
  call: CallOptions,
): Promise<PlanConfiguration> {
  if (sameAs === undefined) return own;
  const source = configurationOf(await admin.get(kind, sameAs, call), plan.DisplayName);
  if (!own.quotas) return { ...source, ...own, replaceQuotas: true };
  return { ...source, ...own, quotas: laidOver(source.quotas ?? [], own), replaceQuotas: true };
}

/** Adds each wanted service's instance: the one given, the one the plan has, or the only one that WAP offers.
 *  @throws INPUT_INVALID when WAP offers several; WAP_NOT_FOUND when it offers none */
async function findInstances(
  admin: WapAdmin,
  plan: PlanOrAddOn,
  { services = [], quotas = [] }: PlanConfiguration,
  call: CallOptions,
): Promise<Target['services']> {
  const named: WantedService[] = services.map(service =>
    typeof service === 'string' ? { ServiceName: service } : service,
  );
  const all = [...named, ...quotas.filter(quota => !named.some(service => isSameService(service, quota)))];
  const found: Target['services'] = [];
  for (const service of all) {
    const { ServiceName, ServiceInstanceId } = service;
    const known = plan.ServiceQuotas.find(candidate => isSameService(candidate, service))?.ServiceInstanceId;
    const instance = ServiceInstanceId || known || (await onlyInstance(admin, ServiceName, call));
    found.push({ ServiceName, ServiceInstanceId: instance });
  }
  return found;
}

/** @throws INPUT_INVALID when WAP offers several; WAP_NOT_FOUND when it offers none */
async function onlyInstance(admin: WapAdmin, name: string, call: CallOptions): Promise<string> {
  const offered = (await admin.resourceProviders(false, call)).filter(provider => provider.Name === name);
  const [first] = offered;
  if (!first)
    throw AdapterError.advising('WAP_NOT_FOUND', `WAP has no resource provider ${name}: register it there first.`, {
      subject: `service ${name}`,
    });
  if (offered.length === 1) return first.InstanceId;
  const instances = offered.map(provider => provider.InstanceId).join(', ');
  throw AdapterError.advising('INPUT_INVALID', `services: ${name} has several instances, name one of ${instances}.`, {
    subject: 'services',
  });
}
