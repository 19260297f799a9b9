import { isPlan, linkedIds, withLinks } from '../client/kind';
import type { PlanDraft, PlanOrAddOn, ServiceQuota } from '../types';
import { configState, planState, quotaSyncState } from '../types';
import { isSameService, planDifferences } from './compare';
import { renamedAdvertisements } from './configuration';

const highest = 1000;

/** `Gold` → `Gold (r2)`, `Gold (r3)` …; `Gold (r2)` → `Gold (r3)` … */
export function* namesAfter(name: string): Generator<string> {
  const [, base = name, number = '1'] = /^(.*\S)\s*\(r(\d{1,3})\)$/s.exec(name) ?? [];
  for (let next = Number(number) + 1; next <= highest; next += 1) yield `${base} (r${next})`;
}

/** What is sent to create the clone: everything of the original, also fields not known here, but what is WAP's to
 *  give. Settings come later by the quota call: whether creating honours them is not documented. */
export function cloneDraft(original: PlanOrAddOn, name: string): PlanDraft {
  const { Id, LastErrorMessage, SubscriptionCount, ConfigState, QuotaSyncState, ...rest } = original;
  const links = isPlan(original) ? { AddOnReferences: [], AddOns: [] } : { AssociatedPlans: [] };
  return {
    ...rest,
    DisplayName: name,
    State: planState.private,
    Advertisements: renamedAdvertisements(original, name),
    ServiceQuotas: original.ServiceQuotas.map(service => ({
      ...service,
      ConfigState: configState.notConfigured,
      QuotaSyncState: quotaSyncState.outOfSync,
      Settings: [],
    })),
    ...links,
  };
}

/** Whether a plan of the clone's name can be a clone of `original` that was begun (or finished, the answer lost):
 *  private, nobody subscribed, and equal to the original as far as it got. */
export function mayBeHalfMade(original: PlanOrAddOn, known: PlanOrAddOn): boolean {
  if (known.State !== planState.private || known.SubscriptionCount !== 0) return false;
  const begun = linkedIds(known);
  const asFar = {
    ...withLinks(original, original, id => begun.includes(id)),
    ConfigState: known.ConfigState,
    ServiceQuotas: servicesAsFar(original.ServiceQuotas, known.ServiceQuotas),
  };
  return planDifferences(asFar, known).length === 0;
}

/** The original's services that the other has, without the settings it has not got yet. */
function servicesAsFar(services: ServiceQuota[], got: ServiceQuota[]): ServiceQuota[] {
  return services.flatMap(service => {
    const known = got.find(candidate => isSameService(candidate, service));
    if (!known) return [];
    const { ConfigState = configState.notConfigured } = known;
    return [{ ...service, ConfigState, Settings: known.Settings.length > 0 ? service.Settings : [] }];
  });
}
