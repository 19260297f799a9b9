import { linkedIds, withLinks } from '../client/kind';
import type { PlanOrAddOn, ServiceQuota } from '../types';
import { type Target, wantedFields } from './changes';
import { isSameService, planDifferences, sameSettings } from './compare';
import { mergedSettings } from './merge-settings';
import { targetSettings } from './quota-target';

/** What a plan lost, or has differently, although nobody asked for it: as sentences, empty when all is as before. Whatever WAP
 *  adds by itself (values within a setting, services, links) does not count. */
export function lostSince(before: PlanOrAddOn, now: PlanOrAddOn, target: Target): string[] {
  const expected: PlanOrAddOn = {
    ...before,
    ...wantedFields(before, target),
    ConfigState: now.ConfigState,
    ServiceQuotas: before.ServiceQuotas.filter(service => isKept(service, target)).map(service => ({
      ...service,
      Settings: targetSettings(service, service.Settings, target),
    })),
  };
  const keptLinks = linkedIds(before).filter(
    id => !target.removeOtherLinks || !target.links || target.links.includes(id),
  );
  const shown: PlanOrAddOn = {
    ...now,
    ServiceQuotas: expected.ServiceQuotas.flatMap(service => asExpected(service, now.ServiceQuotas)),
  };
  return planDifferences(
    withLinks(expected, before, id => keptLinks.includes(id)),
    withLinks(shown, now, id => keptLinks.includes(id)),
  ).map(difference => `as it was: ${difference}`);
}

function isKept(service: ServiceQuota, { removeOtherServices = false, services }: Target): boolean {
  return !removeOtherServices || services.some(wanted => isSameService(service, wanted));
}

/** The service as it is now, with the expected settings where its own contain all of them. */
function asExpected(expected: ServiceQuota, services: ServiceQuota[]): ServiceQuota[] {
  return services
    .filter(service => isSameService(service, expected))
    .map(service => ({
      ...service,
      ConfigState: expected.ConfigState ?? service.ConfigState ?? 0,
      Settings: holds(service, expected) ? expected.Settings : service.Settings,
    }));
}

function holds({ ServiceName, Settings }: ServiceQuota, expected: ServiceQuota): boolean {
  try {
    return sameSettings(Settings, mergedSettings(Settings, expected.Settings, ServiceName));
  } catch {
    return false; // not in the form it had
  }
}
