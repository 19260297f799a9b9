import type { Tx } from '../../state/port';
import { openBatches } from '../../state/tables/batch';
import { type ConsumerKey, selectCursors } from '../../state/tables/cursor';
import type { DeliveryRow } from '../../state/tables/delivery';
import { deadCount, nextDueAt, openCounts } from '../../state/tables/delivery-status';
import { quarantineCount } from '../../state/tables/quarantine';

/** Where the feeds stand; times in ms UTC, ids -1 for none. */
export interface FeedStatus {
  /** Events that can be emitted now or later: ready, and those that wait for their parent. */
  waiting: number;
  /** Events in open batches, and the number of those batches. */
  unacknowledged: number;
  batches: number;
  /** Events that WAP has not decided on. */
  pending: number;
  parked: number;
  dead: number;
  quarantined: number;
  /** Age of the oldest event that is not settled, ms; null when all are. */
  oldestAgeMs: number | null;
  /** When something is due to be emitted again (a retry, an unacknowledged batch); null when nothing is. */
  nextDueAt: number | null;
  feeds: Array<{ feed: string; fetched: number; delivered: number }>;
}

/** Counts what a reader holds; `now` ms UTC. */
export async function statusOf(tx: Tx, key: ConsumerKey, now: number): Promise<FeedStatus> {
  const open = await openCounts(tx, key);
  const count = (...statuses: Array<DeliveryRow['status']>) =>
    statuses.reduce((sum, status) => sum + (open.get(status)?.total ?? 0), 0);
  const oldest = Math.min(...[...open.values()].map(each => each.oldest));
  return {
    waiting: count('ready', 'parent'),
    unacknowledged: count('sent'),
    batches: await openBatches(tx, key),
    pending: count('pending'),
    parked: count('parked'),
    dead: await deadCount(tx, key),
    quarantined: await quarantineCount(tx, key.installation),
    oldestAgeMs: open.size === 0 ? null : now - oldest,
    nextDueAt: await nextDueAt(tx, key),
    feeds: (await selectCursors(tx, key)).map(({ feed, fetched, delivered }) => ({ feed, fetched, delivered })),
  };
}
