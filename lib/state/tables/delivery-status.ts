import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';
import { type DeliveryRow, type DeliveryStatus, toDelivery } from './delivery';
import { eventsPlace, letterTotal } from './letter-count';
import { reasonGroupOf } from './reason-group';

/** What people ask about `delivery` and change by hand, and what is pruned. */
type Row = { feed: string; event_id: number; status: DeliveryStatus; attempts: number; reason: string | null };

const columns = 'feed, event_id, status, attempts, reason, since';
const mine = 'installation = :installation AND consumer = :consumer';
const one = `${mine} AND feed = :feed AND event_id = :eventId`;

const countOpen = statement<{ status: DeliveryStatus; total: number; oldest: number }>(`
  SELECT status, COUNT(*) AS total, MIN(since) AS oldest FROM delivery
  WHERE ${mine} AND status <> 'settled' GROUP BY status`);
const openUpTo = statement<{ total: number }>(`
  SELECT COUNT(*) AS total FROM delivery WHERE ${mine} AND status <> 'settled' AND event_id <= :horizon`);
const firstDue = statement<{ due_at: number | null }>(`
  SELECT MIN(due_at) AS due_at FROM (
    SELECT due_at FROM delivery WHERE ${mine} AND status = 'ready' AND status <> 'settled'
    UNION ALL SELECT expires_at AS due_at FROM batch WHERE ${mine} AND status = 'open') AS due`);
const lowestOpen = statement<{ event_id: number | null }>(`
  SELECT MIN(event_id) AS event_id FROM delivery WHERE ${mine} AND feed = :feed AND status <> 'settled'`);
const highestBelow = statement<{ event_id: number | null }>(`
  SELECT MAX(event_id) AS event_id FROM delivery WHERE ${mine} AND feed = :feed AND event_id < :below`);

const nthFromTop = statement<{ event_id: number }>(`
  SELECT event_id FROM delivery WHERE ${mine} AND feed = :feed AND event_id <= :upTo
  ORDER BY event_id DESC LIMIT 1 OFFSET :count`);
const listIds = statement<{ event_id: number }>(`
  SELECT DISTINCT event_id FROM delivery
  WHERE ${mine} AND feed IN (SELECT c.feed FROM cursor c WHERE c.installation = :installation AND c.consumer = :consumer)
  AND event_id > :from AND event_id <= :to ORDER BY event_id LIMIT :limit`);

const listParked = statement<Row & { since: number }>(`
  SELECT ${columns} FROM delivery WHERE ${mine} AND status = 'parked' AND status <> 'settled'
  ORDER BY event_id, feed LIMIT :limit`);
const listDead = statement<Row & { since: number }>(`
  SELECT ${columns} FROM delivery WHERE ${mine} AND outcome = 'dead' ORDER BY event_id, feed LIMIT :limit`);
const reopen = statement(`
  UPDATE delivery SET status = 'ready', outcome = NULL, reason = NULL, settled_at = NULL, token = NULL,
    waits_for = NULL, due_at = :now, since = :now, aside_at = NULL
  WHERE ${one} AND (outcome = 'dead' OR status = 'parked' OR (status = 'ready' AND letter = 'waiting'))`);
/** Not for what is `sent`: its flow may be billing it at this moment. */
const giveUp = statement(`
  UPDATE delivery SET status = 'settled', outcome = 'dead', reason = :reason, settled_at = :now, aside_at = :now,
    reason_group = :reasonGroup
  WHERE ${one} AND status IN ('parked', 'pending', 'parent', 'ready')`);

const discard = statement(`
  UPDATE delivery SET status = 'settled', outcome = 'discarded', reason = :reason, settled_at = :now
  WHERE ${one} AND (outcome = 'dead' OR status IN ('parked', 'pending', 'parent', 'ready'))`);

const countSettled = statement<{ total: number }>(`
  SELECT COUNT(*) AS total FROM delivery WHERE ${mine} AND feed = :feed AND status = 'settled'`);
const anyRow = statement<{ event_id: number }>(`SELECT event_id FROM delivery WHERE ${mine} LIMIT 1`);
const listSettled = statement<{ event_id: number; settled_at: number }>(`
  SELECT event_id, settled_at FROM delivery
  WHERE ${mine} AND feed = :feed AND event_id <= :upTo AND status = 'settled' AND outcome <> 'dead'
  ORDER BY event_id LIMIT :limit`);
const listOldDead = statement<{ event_id: number; settled_at: number }>(`
  SELECT event_id, settled_at FROM delivery
  WHERE ${mine} AND feed = :feed AND event_id <= :upTo AND outcome = 'dead' ORDER BY event_id LIMIT :limit`);
const drop = statement(`DELETE FROM delivery WHERE ${one} AND status = 'settled'`);

/** How many events of one reader have one status. */
export interface OpenCount {
  total: number;
  /** When the oldest of them was stored or released, ms UTC. */
  oldest: number;
}

/** Numbers of a reader's events that are not settled, by status; a status without any is absent. */
export async function openCounts(tx: Tx, key: ConsumerKey): Promise<Map<DeliveryStatus, OpenCount>> {
  const rows = await tx.rows(countOpen, { ...key });
  return new Map(rows.map(({ status, total, oldest }) => [status, { total, oldest }]));
}

/** How many dead letters a reader has, from the count that triggers keep. */
export function deadCount(tx: Tx, key: ConsumerKey): Promise<number> {
  return letterTotal(tx, eventsPlace(key), 'dead');
}

/** When the next event may be emitted or an open batch expires; null when there is neither. */
export async function nextDueAt(tx: Tx, key: ConsumerKey): Promise<number | null> {
  return (await tx.rows(firstDue, { ...key }))[0]?.due_at ?? null;
}

/** How many open events have an id up to `horizon`. */
export async function countOpenUpTo(tx: Tx, key: ConsumerKey, horizon: number): Promise<number> {
  return (await tx.rows(openUpTo, { ...key, horizon }))[0]?.total ?? 0;
}

/** The lowest id that is not settled, and the highest stored id below it; null where there is none. */
export async function openEdge(tx: Tx, key: ConsumerKey, feed: string) {
  const open = (await tx.rows(lowestOpen, { ...key, feed }))[0]?.event_id ?? null;
  if (open === null) return { open, below: null };
  const below = (await tx.rows(highestBelow, { ...key, feed, below: open }))[0]?.event_id ?? null;
  return { open, below };
}

/** The id with exactly `count` ids of the feed above it, up to `upTo`; null when there are fewer. */
export async function nthBelow(tx: Tx, key: ConsumerKey, feed: string, upTo: number, count: number) {
  return (await tx.rows(nthFromTop, { ...key, feed, upTo, count }))[0]?.event_id ?? null;
}

/** Ids of any feed above `from`, up to `to`, ascending. */
export async function idsBetween(tx: Tx, key: ConsumerKey, from: number, to: number, limit: number): Promise<number[]> {
  return (await tx.rows(listIds, { ...key, from, to, limit })).map(row => row.event_id);
}

/** A reader's parked events, lowest id first. */
export async function parkedDeliveries(tx: Tx, key: ConsumerKey, limit: number): Promise<DeliveryRow[]> {
  return (await tx.rows(listParked, { ...key, limit })).map(toDelivery);
}

/** A reader's dead letters, lowest id first. */
export async function deadDeliveries(tx: Tx, key: ConsumerKey, limit: number): Promise<DeliveryRow[]> {
  return (await tx.rows(listDead, { ...key, limit })).map(toDelivery);
}

type Key = ConsumerKey & { feed: string; eventId: number };

/** Releases a dead letter, a parked event, or one that waits for something in billing; false for any other. */
export async function reopenDelivery(tx: Tx, key: Key, now: number): Promise<boolean> {
  return (await tx.change(reopen, { ...key, now })) > 0;
}

/** An event that waits becomes a dead letter; false when it does not wait. */
export async function giveUpDelivery(tx: Tx, key: Key, reason: string, now: number): Promise<boolean> {
  return (await tx.change(giveUp, { ...key, reason, reasonGroup: reasonGroupOf(reason), now })) > 0;
}

/** Discards a dead letter or a waiting event for good; false for any other. */
export async function discardDelivery(tx: Tx, key: Key, reason: string, now: number): Promise<boolean> {
  return (await tx.change(discard, { ...key, reason, now })) > 0;
}

/** How many settled rows of a feed are still kept. */
export async function settledCount(tx: Tx, key: ConsumerKey, feed: string): Promise<number> {
  return (await tx.rows(countSettled, { ...key, feed }))[0]?.total ?? 0;
}

/** Whether the reader has any event, open or settled. */
export async function hasDeliveries(tx: Tx, key: ConsumerKey): Promise<boolean> {
  return (await tx.rows(anyRow, { ...key })).length > 0;
}

/** A settled event and when it was settled, ms UTC. */
export interface SettledRow {
  eventId: number;
  settledAt: number;
}

/** The lowest settled ids up to `upTo`, dead letters or the others. */
export async function selectSettled(
  tx: Tx,
  key: ConsumerKey,
  of: { feed: string; upTo: number; limit: number },
  outcome: 'dead' | 'not dead',
): Promise<SettledRow[]> {
  const rows = await tx.rows(outcome === 'dead' ? listOldDead : listSettled, { ...key, ...of });
  return rows.map(row => ({ eventId: row.event_id, settledAt: row.settled_at }));
}

/** Deletes a settled row; an open one stays, whatever id is given. */
export async function dropDelivery(tx: Tx, key: Key): Promise<void> {
  await tx.change(drop, { ...key });
}
