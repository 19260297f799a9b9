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

function recordsOf(usage: Usage, signal: AbortSignal | undefined) {
  return async (id: number): Promise<UsageRecord | undefined> =>
    (await usage.records(id, 1, signal ? { signal } : {})).records[0];
}
