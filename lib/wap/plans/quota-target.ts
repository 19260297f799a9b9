import type { ServiceQuotaSetting } from '../types';
import { isSameService } from './compare';
import type { PlanConfiguration, WantedQuota } from './configuration';
import { mergedSettings } from './merge-settings';

type Wanted = Pick<PlanConfiguration, 'quotas' | 'replaceQuotas'>;
type Service = { ServiceName: string; ServiceInstanceId?: string };

/** The settings that a service should have, given those it has; unchanged where nothing is wanted.
 *  @throws INPUT_INVALID as `mergedSettings` */
export function targetSettings(
  service: Service,
  known: ServiceQuotaSetting[],
  { quotas = [], replaceQuotas = false }: Wanted,
): ServiceQuotaSetting[] {
  const wanted = quotas.find(quota => isSameService(service, quota));
  if (!wanted) return known;
  return replaceQuotas ? wanted.Settings : mergedSettings(known, wanted.Settings, `quotas.${service.ServiceName}`);
}

/** The quotas of another plan with the given ones on top. */
export function laidOver(base: WantedQuota[], given: Wanted): WantedQuota[] {
  const { quotas = [] } = given;
  const more = quotas.filter(quota => !base.some(known => isSameService(known, quota)));
  return [...base.map(known => ({ ...known, Settings: targetSettings(known, known.Settings, given) })), ...more];
}
