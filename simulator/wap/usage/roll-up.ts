import { configState, quotaSyncState, type ServiceQuota } from '../../../lib/wap/types';

/** A plan's own states from those of its services (SDK StateUtilities): not configured without services or with one
 *  that is not; syncing if any is, else out of sync if any is. */
export function rollUp(services: ServiceQuota[]): { ConfigState: number; QuotaSyncState: number } {
  const configured = services.length > 0 && services.every(service => service.ConfigState === configState.configured);
  const syncs = services.map(service => service.QuotaSyncState);
  return {
    ConfigState: configured ? configState.configured : configState.notConfigured,
    QuotaSyncState:
      [quotaSyncState.syncing, quotaSyncState.outOfSync].find(state => syncs.includes(state)) ?? quotaSyncState.inSync,
  };
}
