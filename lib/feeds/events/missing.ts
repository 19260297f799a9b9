import type { Store, Tx } from '../../state/port';
import { type ConsumerKey, type Cursor, selectCursors } from '../../state/tables/cursor';
import { idsBetween } from '../../state/tables/delivery-status';
import { allFeeds, dropMarks, firstMark, markAt } from '../../state/tables/feed-mark';
import type { WapUsage } from '../../wap/client/usage';
import { type EventFeed, eventFeeds } from '../../wap/types';
import { type Alarm, missingAlarm } from '../alarms';
import { type IdRange, missingOf } from '../id-ranges';
import { readPage } from './read-page';

/** Events looked through at once, and how many pages are read of a feed that is otherwise not this reader's. */
const mostEvents = 20_000;
const mostPages = 20;

/** Whether ids between two, the second included, are known in none of the reader's feeds. */
export async function areMissing(tx: Tx, key: ConsumerKey, from: number, to: number): Promise<boolean> {
  const known = await idsBetween(tx, key, from, to, mostEvents);
  return known.length >= mostEvents || missingAbove(from, known, to).length > 0;
}

/** Nothing counts as missing below the very first event: WAP has deleted what was there. */
function missingAbove(from: number, known: readonly number[], to: number): IdRange[] {
  return missingOf(known, from < 0 ? (known[0] ?? to + 1) : from + 1, to);
}

/** Gives up ids that have been missing for `missingMs`, with one alarm. The feeds share their ids, so those of feeds that
 *  the reader does not read are looked for there first. */
export async function giveUpMissing(
  store: Store,
  key: ConsumerKey,
  usage: Pick<WapUsage, 'events'>,
  at: { feeds: readonly EventFeed[]; now: number; missingMs: number; batchSize: number; signal?: AbortSignal },
): Promise<Alarm[]> {
  const before = at.now - at.missingMs;
  const stretch = await store.transaction(tx => stretchOf(tx, key, before));
  if (!stretch) return [];
  let missing = await missingIn(store, key, stretch);
  for (const feed of eventFeeds) {
    if (at.feeds.includes(feed) || missing.length === 0) continue;
    const ids = await idsIn(usage, feed, missing, at);
    missing = missing.flatMap(([first, last]) => missingOf(ids, first, last));
  }
  await store.transaction(async tx => {
    for (const feed of [allFeeds, ...at.feeds]) {
      const mark = await markAt(tx, key, feed, before);
      if (mark) await dropMarks(tx, key, feed, mark.at);
    }
  });
  return missingAlarm(null, missing, at.missingMs);
}

/** What is missing in a stretch, which is looked through in parts. */
async function missingIn(
  store: Store,
  key: ConsumerKey,
  { from, to }: { from: number; to: number },
): Promise<IdRange[]> {
  const missing: IdRange[] = [];
  for (let done = from; done < to; ) {
    const known = await store.transaction(tx => idsBetween(tx, key, done, to, mostEvents));
    const end = known.length < mostEvents ? to : (known.at(-1) ?? to);
    missing.push(...missingAbove(done, known, end));
    done = end;
  }
  return missing;
}

/** The ids, from (not included) and to, that were read before a time and not looked through yet. */
async function stretchOf(tx: Tx, key: ConsumerKey, before: number) {
  const [first, last] = [await firstMark(tx, key, allFeeds), await markAt(tx, key, allFeeds, before)];
  if (!first || !last || last.at <= first.at) return null;
  const cursors: Cursor[] = await selectCursors(tx, key);
  const from = Math.max(first.position, ...cursors.map(({ forgotten }) => forgotten));
  return last.position > from ? { from, to: last.position } : null;
}

/** Ids that a feed has in the stretch from the first to the last missing one; not all of them when there are too many pages. */
async function idsIn(
  usage: Pick<WapUsage, 'events'>,
  feed: EventFeed,
  missing: readonly IdRange[],
  { batchSize, signal }: { batchSize: number; signal?: AbortSignal },
): Promise<number[]> {
  const [from, to] = [missing[0]?.[0] ?? 0, missing.at(-1)?.[1] ?? 0];
  const ids: number[] = [];
  for (let page = 0, next = from; page < mostPages && next <= to; page++) {
    const events = await readPage(usage, feed, next, batchSize, signal);
    if (events.length === 0) break;
    for (const { EventId: id } of events) ids.push(id);
    next = (ids.at(-1) ?? to) + 1;
  }
  return ids;
}
