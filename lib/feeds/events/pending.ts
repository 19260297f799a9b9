import type { Store } from '../../state/port';
import type { ConsumerKey, Cursor } from '../../state/tables/cursor';
import { overduePending, pendingIds } from '../../state/tables/delivery';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed } from '../../wap/types';
import type { Alarm } from '../alarms';
import type { Emptied } from '../went-back';
import { checkEvents } from './check-source';
import { storePage } from './inbox';
import { readPage } from './read-page';

/** Pages read again in one poll. */
const pagesAPoll = 20;

/** Reads those events again that WAP had not decided on (they keep their id), until it has. A bounded piece each poll. */
export async function rereadPending(
  store: Store,
  key: ConsumerKey,
  usage: Pick<WapUsage, 'events'>,
  at: {
    feed: EventFeed;
    cursor: Cursor;
    now: number;
    batchSize: number;
    retentionMs: number;
    emptied: Emptied;
    signal?: AbortSignal;
  },
): Promise<Alarm[]> {
  const { feed, cursor, now, batchSize, signal } = at;
  const alarms: Alarm[] = [];
  let left = await store.transaction(tx => pendingIds(tx, key, feed, 10_000));
  for (let page = 0; page < pagesAPoll && left.length > 0; page++) {
    const [first, last] = [left[0] ?? 0, left.at(-1) ?? 0];
    const asked = Math.min(batchSize, last - first + 1);
    const events = await readPage(usage, feed, first, asked, signal);
    await checkEvents({ store, key, usage }, { feed, cursor, startId: first, asked, events }, at);
    const end = events.at(-1)?.EventId;
    if (end === undefined) break; // WAP no longer has them
    const stored = await store.transaction(tx =>
      storePage(tx, key, { feed, events, highest: cursor.fetched, readTo: -1, cursor, now }),
    );
    alarms.push(...stored.alarms);
    left = left.filter(id => id > end);
  }
  return alarms;
}

/** Events that WAP has left undecided for longer than `limitMs`; each is named once. */
export async function pendingTooLong(store: Store, key: ConsumerKey, limitMs: number, now: number): Promise<Alarm[]> {
  const overdue = await store.transaction(tx => overduePending(tx, key, now - limitMs, now));
  return overdue.map(({ feed, eventId }) => ({
    kind: 'pending',
    feed: feed as EventFeed,
    eventId,
    message: `WAP has not decided on event ${eventId} of ${feed} for ${Math.round(limitMs / 3_600_000)} h: ask WAP's administrator.`,
  }));
}
