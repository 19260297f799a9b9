import { AdapterError } from '../../errors';
import type { Store, Tx } from '../../state/port';
import { addCursor, type ConsumerKey, type Cursor, selectCursors, setDeliveredTo } from '../../state/tables/cursor';
import { openEdge } from '../../state/tables/delivery-status';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed } from '../../wap/types';
import { firstIdFrom } from './find-event';
import { readPage } from './read-page';

/** Where a feed that was never read begins: all that WAP still has, what comes from now on, an id (inclusive), or a time
 *  (ms UTC): the first event of then or later. */
export type StartPosition = 'beginning' | 'now' | number | { time: number };

/** The owner's cursors. A feed that has none gets one at its start position; `now` reads the feed to its end and stores
 *  none of it, so a crash in between begins anew. */
export async function ensureCursor(
  store: Store,
  key: ConsumerKey,
  at: { feed: EventFeed; epoch: number; start: StartPosition; now: number },
  usage: Pick<WapUsage, 'events'>,
  options: { batchSize: number; signal?: AbortSignal },
): Promise<Cursor> {
  const { feed, epoch, start, now } = at;
  const known = await cursorOf(store, key, feed);
  if (known) return known;
  const position = await positionOf(start, usage, feed, options);
  await store.transaction(tx => addCursor(tx, key, feed, position, epoch, now));
  const added = await cursorOf(store, key, feed);
  if (!added) throw new AdapterError('STATE_UNAVAILABLE', `The cursor of ${feed} could not be written.`);
  return added;
}

/** The id before the first one wanted. */
async function positionOf(
  start: StartPosition,
  usage: Pick<WapUsage, 'events'>,
  feed: EventFeed,
  options: { batchSize: number; signal?: AbortSignal },
): Promise<number> {
  if (start === 'beginning') return -1;
  if (start === 'now') return lastId(usage, feed, options);
  if (typeof start === 'number') return start - 1;
  return (await firstIdFrom(usage, feed, start.time, options.signal)) - 1;
}

/** The cursor of one feed; undefined before the feed was first read. */
async function cursorOf(store: Store, key: ConsumerKey, feed: EventFeed): Promise<Cursor | undefined> {
  return (await store.transaction(tx => selectCursors(tx, key))).find(cursor => cursor.feed === feed);
}

/** The last id of a feed, found by reading it to its end; nothing of it is kept. */
async function lastId(
  usage: Pick<WapUsage, 'events'>,
  feed: EventFeed,
  { batchSize, signal }: { batchSize: number; signal?: AbortSignal },
): Promise<number> {
  let last = -1;
  for (;;) {
    const page = await readPage(usage, feed, last + 1, batchSize, signal);
    const end = page.at(-1);
    if (!end) return last;
    last = end.EventId;
  }
}

/** Writes down how far a feed is delivered: the highest settled id with nothing open below it. It goes back when
 *  WAP shows an id late, or when somebody lets an event go again that was settled. */
export async function refreshDelivered(tx: Tx, key: ConsumerKey, feeds?: ReadonlySet<string>): Promise<void> {
  for (const cursor of await selectCursors(tx, key)) {
    if (feeds && !feeds.has(cursor.feed)) continue;
    const { open, below } = await openEdge(tx, key, cursor.feed);
    const delivered = open === null ? cursor.fetched : Math.max(below ?? -1, settledWithoutRow(cursor, open));
    if (delivered !== cursor.delivered) await setDeliveredTo(tx, key, cursor.feed, delivered);
  }
}

/** What lies below the open id and was pruned is settled too. */
function settledWithoutRow(cursor: Cursor, open: number): number {
  return cursor.delivered < open ? cursor.delivered : Math.min(cursor.forgotten, open - 1);
}

/** Ids above this may still have unread ones below them in another feed. */
export function horizonOf(cursors: readonly Cursor[], feeds: readonly EventFeed[]): number {
  const reached = feeds.map(feed => cursors.find(cursor => cursor.feed === feed)?.readTo ?? -1);
  return Math.min(...reached);
}
