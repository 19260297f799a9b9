import type { Tx } from '../../state/port';
import type { ConsumerKey, Cursor } from '../../state/tables/cursor';
import { nthBelow } from '../../state/tables/delivery-status';
import { markAt } from '../../state/tables/feed-mark';
import { highestFetchedBy } from '../../state/tables/inbox';

/** How far below the cursor a feed is read again. */
export interface AgainLimits {
  /** Ids in any case. */
  overlap: number;
  /** What was read within this time, ms; 0: only the ids. */
  overlapMs: number;
}

/** Events that are read again at most because of the time. */
const mostAgain = 10_000;

/** The first id that is read again: what was read lately may still have gaps that WAP fills. */
export async function againFrom(
  tx: Tx,
  key: ConsumerKey,
  cursor: Cursor,
  { overlap, overlapMs }: AgainLimits,
  now: number,
): Promise<number> {
  const byIds = cursor.fetched + 1 - overlap;
  const byTime = overlapMs > 0 ? await readLately(tx, key, cursor, now - overlapMs) : byIds;
  return Math.max(cursor.forgotten + 1, Math.min(byIds, byTime), 0);
}

/** What an older version read has no marks: there the events themselves say when they came. */
async function readLately(tx: Tx, key: ConsumerKey, cursor: Cursor, time: number): Promise<number> {
  const { feed, fetched } = cursor;
  const since = await readSince(tx, key, cursor, time, mostAgain);
  if ((await markAt(tx, key, feed, time)) !== null) return since;
  const top = await highestFetchedBy(tx, key, { feed, above: since - 1, upTo: fetched, time });
  return top === null ? since : top + 1;
}

/** The first id that was read after a time, or of the `most` last events. */
export async function readSince(
  tx: Tx,
  key: ConsumerKey,
  { feed, fetched }: Cursor,
  time: number,
  most: number,
): Promise<number> {
  const mark = (await markAt(tx, key, feed, time))?.position ?? -1;
  return Math.max(mark, (await nthBelow(tx, key, feed, fetched, most)) ?? -1) + 1;
}
