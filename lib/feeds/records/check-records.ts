import type { Store } from '../../state/port';
import type { UsageStream } from '../../state/tables/usage-stream';
import type { WapUsage } from '../../wap/client/usage';
import type { UsageRecord } from '../../wap/types';
import { type Emptied, evidenceOf, isEnough, mustBeThere, wentBack } from '../went-back';
import { isSame, knownBetween } from './examine';
import { firstFreeId } from './find-record';

/** Looks, before a page is stored, whether WAP still shows what was read there before. A restored WAP gives its ids a second
 *  time: its new records would go to quarantine as other bodies under known ids. A page that WAP merely cut is asked about twice
 *  before anything is concluded.
 *  @throws WAP_WENT_BACK when its database was restored; WAP_… when it does not answer, or shows nothing for once */
export async function checkRecords(
  { store, usage }: { store: Store; usage: Pick<WapUsage, 'records'> },
  stream: UsageStream,
  page: { startId: number; asked: number; records: readonly UsageRecord[] },
  { retentionMs, emptied, now, signal }: { retentionMs: number; emptied: Emptied; now: number; signal?: AbortSignal },
): Promise<void> {
  const { startId, asked, records } = page;
  if (records.length > 0) emptied.clear('usage');
  const last = records.at(-1)?.EventId ?? startId;
  const to = records.length < asked ? stream.fetched : Math.min(last, stream.fetched);
  if (startId > to) return;
  const { known } = await knownBetween(store, stream.id, startId, to);
  const ascending = [...known].filter(([id]) => id >= startId && id <= to).sort(([one], [other]) => one - other);
  const evidence = evidenceOf(ascending, new Map(records.map(record => [record.EventId, record])), isSame);
  if (!evidence || !isEnough(evidence)) return;
  const { isGone, highest } = evidence;
  if (isGone && !mustBeThere(known.get(highest)?.EndTime, stream.newAt, now, retentionMs)) return;
  const call = signal ? { signal } : {};
  const isThere = async () => isGone && (await usage.records(highest, 1, call)).records[0]?.EventId === highest;
  if (await isThere()) return; // the page was cut
  const end = (await firstFreeId(usage, signal)) - 1;
  if (await isThere()) return; // it shows it again by now
  if (end < 0) emptied.check('usage', highest);
  throw wentBack('usage', evidence, end);
}
