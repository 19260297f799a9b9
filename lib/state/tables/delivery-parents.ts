import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';
import { reasonGroupOf } from './reason-group';

/** Rows of `delivery` that wait for what they refer to, or are parked. */
export interface WaitingRow {
  feed: string;
  eventId: number;
}

const mine = 'installation = :installation AND consumer = :consumer';

const listFound = statement<{ feed: string; event_id: number }>(`
  SELECT feed, event_id FROM delivery
  WHERE ${mine} AND status IN ('parent', 'parked') AND status <> 'settled'
  AND EXISTS (SELECT 1 FROM entity k WHERE k.installation = delivery.installation
    AND k.entity_key = delivery.waits_for)
  ORDER BY event_id LIMIT :limit`);
const listOverdue = statement<{ waits_for: string }>(`
  SELECT waits_for FROM delivery
  WHERE ${mine} AND status = 'parent' AND status <> 'settled' AND due_at <= :now
  AND (since <= :cutoff OR waits_for LIKE :first OR waits_for LIKE :second OR waits_for LIKE :third)
  GROUP BY waits_for ORDER BY MIN(event_id) LIMIT :limit`);
/** Only from the two waiting states: between the look-up and this, a person may have released or given up the event. */
const moveOn = statement(`
  UPDATE delivery SET status = :status, waits_for = :waitsFor, reason = NULL, due_at = :now, aside_at = NULL
  WHERE ${mine} AND feed = :feed AND event_id = :eventId AND status IN ('parent', 'parked')`);
const park = statement<{ feed: string; event_id: number }>(`
  UPDATE delivery SET status = 'parked', reason = :reason, reason_group = :reasonGroup, aside_at = :now
  WHERE ${mine} AND waits_for = :waitsFor AND status = 'parent' AND status <> 'settled' RETURNING feed, event_id`);
const postpone = statement(`
  UPDATE delivery SET due_at = :dueAt
  WHERE ${mine} AND waits_for = :waitsFor AND status = 'parent' AND status <> 'settled'`);

const toWaiting = (row: { feed: string; event_id: number }): WaitingRow => ({ feed: row.feed, eventId: row.event_id });

/** Events whose parent has become known. */
export async function parentsFound(tx: Tx, key: ConsumerKey, limit: number): Promise<WaitingRow[]> {
  return (await tx.rows(listFound, { ...key, limit })).map(toWaiting);
}

/** Parents that events have waited for since `cutoff` or longer; those that begin with one of `atOnce` count at once. */
export async function overdueParents(
  tx: Tx,
  key: ConsumerKey,
  { atOnce, ...bounds }: { cutoff: number; now: number; limit: number; atOnce: readonly string[] },
): Promise<string[]> {
  const [first = '', second = '', third = ''] = atOnce.map(beginning => `${beginning}%`);
  return (await tx.rows(listOverdue, { ...key, ...bounds, first, second, third })).map(row => row.waits_for);
}

/** The event waits for its next parent, or is ready if there is none. */
export async function moveWaiting(
  tx: Tx,
  key: ConsumerKey,
  row: WaitingRow,
  waitsFor: string | null,
  now: number,
): Promise<void> {
  const { feed, eventId } = row;
  await tx.change(moveOn, { ...key, feed, eventId, status: waitsFor ? 'parent' : 'ready', waitsFor, now });
}

/** Sets aside every event that waits for a parent which WAP does not know either, and answers them for the alarm. `waitsFor`:
 *  the parent, as `plan/Gold`; its id is left out of the group, so that one reason with many ids stays one group. */
export async function parkWaiting(
  tx: Tx,
  key: ConsumerKey,
  { waitsFor, reason, now }: { waitsFor: string; reason: string; now: number },
): Promise<WaitingRow[]> {
  const reasonGroup = reasonGroupOf(reason, waitsFor.slice(waitsFor.indexOf('/') + 1));
  return (await tx.rows(park, { ...key, waitsFor, reason, reasonGroup, now })).map(toWaiting);
}

/** The look-up failed; the next one not before `dueAt`. */
export async function postponeWaiting(tx: Tx, key: ConsumerKey, waitsFor: string, dueAt: number): Promise<void> {
  await tx.change(postpone, { ...key, waitsFor, dueAt });
}
