import type { Store } from '../../state/port';
import type { ConsumerKey } from '../../state/tables/cursor';
import {
  moveWaiting,
  overdueParents,
  parentsFound,
  parkWaiting,
  postponeWaiting,
} from '../../state/tables/delivery-parents';
import { addEntity } from '../../state/tables/entity';
import { bodyOf } from '../../state/tables/inbox';
import type { EventFeed } from '../../wap/types';
import type { Alarm } from '../alarms';
import { isRefused } from '../refusals';
import { type EntityRef, feedOfEntity, refOf } from './feed-table';
import { firstUnknownParent, parseEvent } from './inbox';

/** Whether WAP's admin API has the plan, add-on or subscription: false on 404; other failures are thrown. */
export type FetchParent = (parent: EntityRef, signal?: AbortSignal) => Promise<boolean>;

/** Events released in one transaction. */
const atOnce = 500;
/** Parents asked for in one poll: the rest waits for the next, so that a poll stays short. */
const lookUpsAPoll = 20;

/** Releases events whose parent has become known, parked ones too. A bounded piece in each transaction. */
export async function releaseFound(store: Store, key: ConsumerKey, now: number): Promise<void> {
  for (;;) {
    const moved = await store.transaction(async tx => {
      const found = await parentsFound(tx, key, atOnce);
      for (const row of found) {
        const feed = row.feed as EventFeed;
        const event = parseEvent(await bodyOf(tx, key.installation, feed, row.eventId));
        await moveWaiting(tx, key, row, await firstUnknownParent(tx, key.installation, feed, event), now);
      }
      return found.length;
    });
    if (moved < atOnce) return;
  }
}

/** Asks WAP for parents that did not come within `limitMs`, or cannot come because `feeds` say nothing of them. The events of
 *  a parent that WAP does not know are parked, where a person sees them; a look-up that fails is made again later. Nothing
 *  else waits for any of this. */
export async function lookUpParents(
  store: Store,
  key: ConsumerKey,
  fetchParent: FetchParent,
  at: { feeds: readonly EventFeed[]; now: number; limitMs: number; signal?: AbortSignal },
): Promise<{ alarms: Alarm[]; failures: unknown[] }> {
  const { feeds, now, limitMs, signal } = at;
  // The feeds that are read say nothing of these.
  const atOnce = Object.entries(feedOfEntity).flatMap(([type, feed]) => (feeds.includes(feed) ? [] : [`${type}/`]));
  const alarms: Alarm[] = [];
  const failures: unknown[] = [];
  const overdue = await store.transaction(tx =>
    overdueParents(tx, key, { cutoff: now - limitMs, now, limit: lookUpsAPoll, atOnce }),
  );
  for (const waitsFor of overdue) {
    const parent = refOf(waitsFor);
    if (!parent) continue;
    try {
      if (await fetchParent(parent, signal)) {
        await store.transaction(tx => addEntity(tx, key.installation, waitsFor, now));
      } else {
        const reason = `WAP does not know the ${parent.type} ${parent.id}`;
        const parked = await store.transaction(tx => parkWaiting(tx, key, { waitsFor, reason, now }));
        for (const { feed, eventId } of parked) {
          const message = `Event ${eventId} of ${feed} is parked: ${reason}. Let it go again, or give it up.`;
          alarms.push({ kind: 'parked', feed: feed as EventFeed, eventId, message });
        }
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      failures.push(error);
      await store.transaction(tx => postponeWaiting(tx, key, waitsFor, now + limitMs));
      if (isRefused(error)) break;
    }
  }
  return { alarms, failures };
}
