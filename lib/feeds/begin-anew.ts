import type { Tx } from '../state/port';
import { beginCursorsAt, type ConsumerKey, selectCursors } from '../state/tables/cursor';
import { pendingIds } from '../state/tables/delivery';
import { discardDelivery } from '../state/tables/delivery-status';
import { dropAllMarks } from '../state/tables/feed-mark';
import { addBeginning, beginningsOf, type Source } from '../state/tables/new-beginning';
import { beginningStep, checkFitsBeginnings, IdMap } from './id-map';

/** Where reading begins anew: an id of WAP (included), and under which id it is counted here. */
export interface NewBeginning {
  fromId: number;
  countedFrom: number;
}

/** From an id of WAP on its ids are counted as others than before. `fetched`: the highest that was read.
 *  @throws INPUT_INVALID when there is no room for that in the ids */
export async function countAnew(
  tx: Tx,
  key: ConsumerKey,
  source: Source,
  { fromId, fetched, now }: { fromId: number; fetched: number; now: number },
): Promise<NewBeginning> {
  checkFitsBeginnings(fromId);
  if (new IdMap(await beginningsOf(tx, key, source)).isPlain) checkFitsBeginnings(fetched);
  const number = await addBeginning(tx, key, { source, fromId, now });
  return { fromId, countedFrom: number * beginningStep + fromId };
}

/** Reads all feeds of a consumer anew from an id of WAP on; what is open of before stays. What WAP had not decided on, and
 *  shows no more, is given up. */
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
