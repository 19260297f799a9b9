import { isSameService, linkedIds, sameSettings } from './compare';
import { renamedAdvertisements } from './configuration';
import { hasReferences } from './link';
import type { PlanDraft, PlanOrAddOn } from './types';
import { configState, planState, quotaSyncState } from './types';

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
  const links = hasReferences(original) ? { AddOnReferences: [], AddOns: [] } : { AssociatedPlans: [] };
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
 *  private, nobody subscribed, and nothing in it that the original has not. */
export function mayBeHalfMade(original: PlanOrAddOn, known: PlanOrAddOn): boolean {
  const isUnused = known.State === planState.private && known.SubscriptionCount === 0;
  const hasOnlyItsLinks = linkedIds(known).every(id => linkedIds(original).includes(id));
  const hasOnlyItsServices = known.ServiceQuotas.every(service => {
    const source = original.ServiceQuotas.find(candidate => isSameService(candidate, service));
    return source && (service.Settings.length === 0 || sameSettings(source.Settings, service.Settings));
  });
  return isUnused && hasOnlyItsLinks && hasOnlyItsServices && hasSameTerms(original, known);
}

function hasSameTerms(original: PlanOrAddOn, known: PlanOrAddOn): boolean {
  const terms = ['Price', 'InvitationCode', 'MaxSubscriptionsPerAccount', 'MaxOccurrencesPerPlan'];
  return terms.every(name => (original[name] ?? null) === (known[name] ?? null));
}
