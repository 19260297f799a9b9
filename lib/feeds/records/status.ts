import type { Tx } from '../../state/port';
import { quarantineCount } from '../../state/tables/quarantine';
import { countExceptions, deadRecords, duplicateRecords } from '../../state/tables/usage-exception';
import { countPages } from '../../state/tables/usage-page';
import { countSlices } from '../../state/tables/usage-slice';
import { streamById } from '../../state/tables/usage-stream';
import type { ProgressReport } from '../loop/contract';

/** Where the records stand; times in ms UTC, ids -1 for none. */
export interface RecordStatus {
  /** Records that can be emitted now or later. */
  waiting: number;
  /** Records in open batches, and the number of those batches. */
  unacknowledged: number;
  batches: number;
  /** Of `waiting`, those whose subscription has no mapping yet. */
  unmapped: number;
  dead: number;
  /** Records that their provider sent twice; not billed. */
  duplicates: number;
  quarantined: number;
  /** Age of the oldest record that is not settled, ms; null when all are. */
  oldestAgeMs: number | null;
  /** When something is due to be emitted again; null when nothing is. */
  nextDueAt: number | null;
  /** When something new came last, and when WAP had no more. */
  newAt: number | null;
  caughtUpAt: number | null;
  /** `EndTime` of the last record. */
  lastTime: string | null;
  /** How a long backfill goes; null when there is none. */
  progress: ProgressReport | null;
  feeds: Array<{ feed: 'usage'; fetched: number; delivered: number }>;
}

/** Counts what a stream holds. `mappingsMs`: how often mappings are looked at for records that wait for one. */
export async function statusOf(
  tx: Tx,
  id: number,
  { installation, now, mappingsMs }: { installation: string; now: number; mappingsMs: number },
): Promise<Omit<RecordStatus, 'progress'>> {
  const stream = await streamById(tx, id);
  const pages = await countPages(tx, id);
  const { out, free } = await countSlices(tx, id);
  const single = await countExceptions(tx, id);
  const [ready, waiting, sent] = [single.get('ready'), single.get('waiting'), single.get('sent')];
  const oldest = [pages.oldest, ready?.oldest, waiting?.oldest, sent?.oldest].filter(isNumber);
  const soon = waiting ? now + mappingsMs : null;
  const due = [out.due, free.due, ready?.due, waiting?.due, soon, pages.notEmitted > 0 ? now : null];
  return {
    waiting: pages.notEmitted + free.records + (ready?.total ?? 0) + (waiting?.total ?? 0),
    unacknowledged: out.records,
    batches: out.batches,
    unmapped: waiting?.total ?? 0,
    dead: await deadRecords(tx, id),
    duplicates: await duplicateRecords(tx, id),
    quarantined: await quarantineCount(tx, installation),
    oldestAgeMs: oldest.length === 0 ? null : now - Math.min(...oldest),
    nextDueAt: due.some(isNumber) ? Math.min(...due.filter(isNumber)) : null,
    newAt: stream?.newAt ?? null,
    caughtUpAt: stream?.caughtUpAt ?? null,
    lastTime: stream?.lastTime ?? null,
    feeds: [{ feed: 'usage', fetched: stream?.fetched ?? -1, delivered: stream?.delivered ?? -1 }],
  };
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
