import type { Tx } from '../../state/port';
import { beginCursorsAt, type ConsumerKey, selectCursors } from '../../state/tables/cursor';
import { pendingIds } from '../../state/tables/delivery';
import { discardDelivery } from '../../state/tables/delivery-status';
import { dropAllMarks } from '../../state/tables/feed-mark';
import { beginningsOf } from '../../state/tables/new-beginning';
import { countAnew, type NewBeginning } from '../begin-anew';
import { IdMap } from '../id-map';

/** Makes a reader read all its feeds anew from an id of WAP on. What is open stays open; only events from there on that WAP
 *  had not decided on are given up: a restored WAP will not decide on them. */
export async function beginEventsAnew(
  tx: Tx,
  key: ConsumerKey,
  { fromId, now }: { fromId: number; now: number },
): Promise<NewBeginning> {
  const cursors = await selectCursors(tx, key);
  const before = new IdMap(await beginningsOf(tx, key, 'events'));
  const fetched = Math.max(-1, ...cursors.map(cursor => cursor.fetched));
  const begun = await countAnew(tx, key, 'events', { fromId, fetched, now });
  for (const { feed } of cursors) {
    for (const eventId of await pendingIds(tx, key, feed, 10_000)) {
      if (before.wap(eventId) < fromId) continue;
      await discardDelivery(tx, { ...key, feed, eventId }, "WAP's database was restored.", now);
    }
  }
  await beginCursorsAt(tx, key, begun.countedFrom - 1, now);
  await dropAllMarks(tx, key);
  return begun;
}
