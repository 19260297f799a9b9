import type { WapUsage } from '../../wap/client/usage';
import type { UsageRecord } from '../../wap/types';
import { firstFreeId } from './find-record';

/** How far back from the last id is looked. */
const lastIds = 500;

/** Records that WAP has now: of each provider, service type and resource the newest, the newest first. Some 50 short
 *  requests, because WAP tells nobody its last id. @throws WAP_… as WapUsage does */
export async function recentRecords(usage: Pick<WapUsage, 'records'>, signal: AbortSignal): Promise<UsageRecord[]> {
  const end = await firstFreeId(usage, signal);
  const { records } = await usage.records(Math.max(0, end - lastIds), lastIds, { signal });
  const newest = new Map<string, UsageRecord>();
  for (const record of records.toReversed()) {
    const kind = JSON.stringify([record.ProviderName, record.ServiceType, record.ResourceId]);
    if (!newest.has(kind)) newest.set(kind, record);
  }
  return [...newest.values()];
}
