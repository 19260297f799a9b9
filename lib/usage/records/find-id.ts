import { parseWapTime } from '../../wap/time';
import type { UsageRecord } from '../../wap/types';
import type { WapUsage } from '../../wap/usage';

type Reader = Pick<WapUsage, 'records'>;

/** The lowest id whose record ends at `time` (ms UTC) or later, as far as ids and times go up together; one behind the
 *  last record when all end before. Some 50 requests of one record. */
export async function firstIdFrom(usage: Reader, time: number, signal?: AbortSignal): Promise<number> {
  return search(usage, record => endOf(record) >= time, signal);
}

/** One behind the highest id there is. */
export async function firstFreeId(usage: Reader, signal?: AbortSignal): Promise<number> {
  return search(usage, () => false, signal);
}

/** The lowest id from which on the next record is beyond; where there is no more record, all is beyond. */
async function search(
  usage: Reader,
  isBeyond: (record: UsageRecord) => boolean,
  signal: AbortSignal | undefined,
): Promise<number> {
  /** The next record from an id on when it is not beyond. */
  const before = async (id: number): Promise<number | null> => {
    const [record] = (await usage.records(id, 1, signal ? { signal } : {})).records;
    return record && !isBeyond(record) ? record.EventId : null;
  };
  let low = 0; // nothing below is beyond
  let step = 1;
  for (let found = await before(low); found !== null; found = await before(low + step)) {
    low = found + 1;
    step *= 2;
  }
  let high = low + step;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await before(middle);
    if (found === null) high = middle;
    else low = found + 1;
  }
  return low;
}

/** A time that cannot be read is before all others: its record must not end a search. */
function endOf(record: UsageRecord): number {
  try {
    return parseWapTime(record.EndTime).ms;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}
