import { isPlan, linkedIds, withLinks } from '../client/kind';
import type { PlanDraft, PlanOrAddOn, ServiceQuota } from '../types';
import { configState, planState, quotaSyncState } from '../types';
import { isSameService, planDifferences } from './compare';
import { renamedAdvertisements } from './configuration';

/** The number of the last name that is tried. */
const highest = 1000;

/** `Gold` → `Gold (r2)`, `Gold (r3)` …; `Gold (r2)` → `Gold (r3)` … */
export function* namesAfter(name: string): Generator<string> {
  const [, base = name, number = '1'] = /^(.*\S)\s*\(r(\d{1,3})\)$/s.exec(name) ?? [];
  for (let next = Number(number) + 1; next <= highest; next += 1) yield `${base} (r${next})`;
}

/** What is sent to create the clone: everything of the original, including unknown fields, except what WAP assigns. Settings
 *  follow with the quota call: it is not documented whether a create honours them. */
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

/** Whether the plan of the clone's name may be our own clone of `original`, unfinished or finished with its answer lost:
 *  private, without subscriptions, and equal to the original as far as it got. */
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

/** The original's services that the other has too, without settings that it does not have yet. */
function servicesAsFar(services: ServiceQuota[], got: ServiceQuota[]): ServiceQuota[] {
  return services.flatMap(service => {
    const known = got.find(candidate => isSameService(candidate, service));
    if (!known) return [];
    const { ConfigState = configState.notConfigured } = known;
    return [{ ...service, ConfigState, Settings: known.Settings.length > 0 ? service.Settings : [] }];
  });
}
