import type { WapUsage } from '../../wap/client/usage';
import type { UsageRecord } from '../../wap/types';
import { searchId, timeOf } from '../find-id';

type Usage = Pick<WapUsage, 'records'>;

/** The lowest id whose record ends at `time` (ms UTC) or later, as far as ids and times go up together; one behind the
 *  last record when all end before. Some 50 requests of one record. */
export async function firstIdFrom(usage: Usage, time: number, signal?: AbortSignal): Promise<number> {
  return searchId(recordsOf(usage, signal), record => timeOf(record.EndTime) >= time);
}

/** One behind the highest id there is. */
export async function firstFreeId(usage: Usage, signal?: AbortSignal): Promise<number> {
  return searchId(recordsOf(usage, signal), () => false);
}

/** The first record from an id on, for `searchId`. */
function recordsOf(usage: Usage, signal: AbortSignal | undefined) {
  return async (id: number): Promise<UsageRecord | undefined> =>
    (await usage.records(id, 1, signal ? { signal } : {})).records[0];
}

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
