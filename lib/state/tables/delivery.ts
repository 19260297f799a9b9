import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';
import { reasonGroupOf } from './reason-group';

/** `pending`: WAP has not decided. `parent`: waits for what it refers to. `parked`: WAP does not know that either. `ready`: may
 *  be emitted from `dueAt` on. `sent`: in an open batch. `settled`: has its outcome. */
export type DeliveryStatus = 'pending' | 'parent' | 'parked' | 'ready' | 'sent' | 'settled';
/** What became of an event. `discarded`: a person gave it up. `rejected`: WAP itself refused what it was about. */
export type SettledOutcome = 'delivered' | 'duplicate' | 'dead' | 'discarded' | 'rejected';

/** One event for one reader. */
export interface DeliveryRow {
  feed: string;
  eventId: number;
  status: DeliveryStatus;
  /** How often it was emitted. */
  attempts: number;
  /** Why it is set aside or refused, in a sentence; null when it is neither. */
  reason: string | null;
  /** Since when it is in this state, ms UTC. */
  since: number;
}

/** The state of an event when it is stored, or when WAP has decided on it. */
export interface Standing {
  status: DeliveryStatus;
  /** Events of the same entity keep their order. */
  entityKey: string;
  /** The key of the entity whose event must come first, such as `plan/Gold`. */
  waitsFor: string | null;
  /** Only together with `settled`. */
  outcome: SettledOutcome | null;
  now: number;
}

interface Row {
  feed: string;
  event_id: number;
  status: DeliveryStatus;
  attempts: number;
  reason: string | null;
  since: number;
}

const columns = 'feed, event_id, status, attempts, reason, since';
const mine = 'installation = :installation AND consumer = :consumer';
const one = `${mine} AND feed = :feed AND event_id = :eventId`;

const add = statement(`
  INSERT INTO delivery (installation, consumer, feed, event_id, status, entity_key, waits_for, since, due_at,
    attempts, outcome, settled_at)
  VALUES (:installation, :consumer, :feed, :eventId, :status, :entityKey, :waitsFor, :now, :now, 0, :outcome,
    CASE WHEN :status = 'settled' THEN :now ELSE NULL END)
  ON CONFLICT (installation, consumer, feed, event_id) DO NOTHING`);
const find = statement<Row>(`SELECT ${columns} FROM delivery WHERE ${one}`);
/** WAP's decision holds for every reader. */
const decide = statement(`
  UPDATE delivery SET status = :status, waits_for = :waitsFor, outcome = :outcome, due_at = :now,
    since = CASE WHEN :status = 'pending' THEN since ELSE :now END,
    settled_at = CASE WHEN :status = 'settled' THEN :now ELSE NULL END
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId AND status = 'pending'
  AND consumer IN (SELECT c.consumer FROM cursor c WHERE c.installation = :installation AND c.feed = :feed)`);
const listPending = statement<{ event_id: number }>(`
  SELECT event_id FROM delivery WHERE ${mine} AND feed = :feed AND status = 'pending' AND status <> 'settled'
  ORDER BY event_id LIMIT :limit`);
/** Each event once. */
const alarmPending = statement<{ feed: string; event_id: number }>(`
  UPDATE delivery SET alarmed_at = :now WHERE ${mine} AND status = 'pending' AND status <> 'settled'
  AND since <= :cutoff AND alarmed_at IS NULL RETURNING feed, event_id`);

/** In id order. An event does not overtake an earlier one of the same entity that is open or waits for a retry. One that waits
 *  for its parent holds nothing up: whatever depends on the same parent waits as well. */
const listDue = statement<Row>(`
  SELECT ${columns} FROM delivery
  WHERE ${mine} AND status = 'ready' AND status <> 'settled' AND due_at <= :now AND event_id <= :horizon
  AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.installation = delivery.installation
    AND e.consumer = delivery.consumer AND e.entity_key = delivery.entity_key AND e.event_id < delivery.event_id
    AND e.status <> 'settled' AND (e.status = 'sent' OR (e.status = 'ready' AND e.due_at > :now)))
  ORDER BY event_id, feed LIMIT :limit`);
const send = statement(
  `UPDATE delivery SET status = 'sent', token = :token, attempts = attempts + 1 WHERE ${one} AND status = 'ready'`,
);
const release = statement(
  `UPDATE delivery SET status = 'ready', token = NULL, due_at = :now WHERE token = :token AND status = 'sent'`,
);
/** Times set before the clock went back. */
const makeDue = statement(`
  UPDATE delivery SET due_at = :now WHERE ${mine} AND status = 'ready' AND status <> 'settled' AND due_at > :now`);
const ofBatch = statement<Row>(`SELECT ${columns} FROM delivery WHERE token = :token ORDER BY event_id, feed`);
const emitted = `${mine} AND event_id = :eventId AND attempts > 0 AND (:feed IS NULL OR feed = :feed)`;
const listEmitted = statement<Row & { token: string | null }>(
  `SELECT ${columns}, token FROM delivery WHERE ${emitted} AND status <> 'settled' ORDER BY feed`,
);
const listSettled = statement<Row & { token: string | null }>(
  `SELECT ${columns}, token FROM delivery WHERE ${emitted} AND status = 'settled' ORDER BY feed`,
);
/** Not acknowledged in time, and not yet emitted again. */
const settleReleased = statement(`
  UPDATE delivery SET status = 'settled', outcome = :outcome, reason = NULL, settled_at = :now, aside_at = NULL
  WHERE ${one} AND token IS NULL AND status = 'ready' AND attempts > 0`);
/** Reopens an event that one party settled and another lacks. */
const reopen = statement(`
  UPDATE delivery SET status = 'ready', outcome = NULL, settled_at = NULL, due_at = :dueAt
  WHERE ${one} AND token = :token AND status = 'settled' AND outcome IN ('delivered', 'duplicate')`);
/** Token and open status prove the ownership. */
const settle = statement(`
  UPDATE delivery SET status = 'settled', outcome = :outcome, reason = :reason, settled_at = :now,
    aside_at = CASE :outcome WHEN 'dead' THEN :now END, reason_group = :reasonGroup
  WHERE ${one} AND token = :token AND status = 'sent'`);
/** With a reason it waits for something in billing, and counts as set aside since it began to wait. */
const retry = statement(`
  UPDATE delivery SET status = 'ready', due_at = :dueAt, reason = :reason, reason_group = :reasonGroup,
    aside_at = CASE WHEN :reason IS NOT NULL THEN COALESCE(aside_at, :now) END
  WHERE ${one} AND token = :token AND status = 'sent'`);

type Key = ConsumerKey & { feed: string; eventId: number };

/** True when the event is new for this reader. */
export async function addDelivery(tx: Tx, key: Key, standing: Standing): Promise<boolean> {
  return (await tx.change(add, { ...key, ...standing })) > 0;
}

/** One event for one reader; null when the reader never met it or it was pruned. */
export async function findDelivery(tx: Tx, key: Key): Promise<DeliveryRow | null> {
  return (await tx.rows(find, { ...key })).map(toDelivery)[0] ?? null;
}

/** WAP has decided on a pending event: it moves on for every reader that has a cursor in its feed. `Standing.entityKey` stays. */
export async function decidePending(
  tx: Tx,
  installation: string,
  feed: string,
  eventId: number,
  { status, waitsFor, outcome, now }: Standing,
): Promise<void> {
  await tx.change(decide, { installation, feed, eventId, status, waitsFor, outcome, now });
}

/** The lowest ids of a feed on which WAP has not decided. */
export async function pendingIds(tx: Tx, key: ConsumerKey, feed: string, limit: number): Promise<number[]> {
  return (await tx.rows(listPending, { ...key, feed, limit })).map(row => row.event_id);
}

/** Events that have been pending since `cutoff` (ms UTC) or longer; each is answered once ever, so each raises one alarm. */
export async function overduePending(tx: Tx, key: ConsumerKey, cutoff: number, now: number) {
  const rows = await tx.rows(alarmPending, { ...key, cutoff, now });
  return rows.map(row => ({ feed: row.feed, eventId: row.event_id }));
}

/** What may be emitted now; ids above `horizon` wait until every feed has been read as far. See `listDue` for the order. */
export async function dueDeliveries(
  tx: Tx,
  key: ConsumerKey,
  bounds: { now: number; horizon: number; limit: number },
): Promise<DeliveryRow[]> {
  return (await tx.rows(listDue, { ...key, ...bounds })).map(toDelivery);
}

/** Puts an event into a batch. Only one that is `ready`: a second caller with the same list changes nothing. */
export async function sendDelivery(tx: Tx, key: Key, token: string): Promise<void> {
  await tx.change(send, { ...key, token });
}

/** Releases the events of a batch that was not acknowledged. */
export async function releaseBatch(tx: Tx, token: string, now: number): Promise<void> {
  await tx.change(release, { token, now });
}

/** After the clock was set back: what is ready is due now, rather than after the hours that are lived a second time. */
export async function makeDeliveriesDue(tx: Tx, key: ConsumerKey, now: number): Promise<void> {
  await tx.change(makeDue, { ...key, now });
}

/** An event and its open batch; `token` is null once that batch has expired. */
export interface OutDelivery extends DeliveryRow {
  token: string | null;
}

/** The events whose last batch is this one, open and settled, lowest id first. */
export async function deliveriesOf(tx: Tx, token: string): Promise<OutDelivery[]> {
  return (await tx.rows(ofBatch, { token })).map(row => ({ ...toDelivery(row), token }));
}

/** Finds an id as it was emitted, in one feed or in all; open ones before settled ones. */
export async function emittedDeliveries(
  tx: Tx,
  key: ConsumerKey,
  eventId: number,
  feed: string | null,
): Promise<OutDelivery[]> {
  const open = await tx.rows(listEmitted, { ...key, eventId, feed });
  const rows = open.length > 0 ? open : await tx.rows(listSettled, { ...key, eventId, feed });
  return rows.map(row => ({ ...toDelivery(row), token: row.token }));
}

/** An event in the batch with which it was emitted: a token of an earlier batch no longer settles it. */
type InBatch = Key & { token: string };

/** Gives an event of an open batch its outcome; false when it is not open in that batch (any more). */
export async function settleDelivery(
  tx: Tx,
  of: InBatch,
  settled: { outcome: SettledOutcome; reason: string | null; now: number },
): Promise<boolean> {
  const reasonGroup = settled.reason === null ? null : reasonGroupOf(settled.reason);
  return (await tx.change(settle, { ...of, ...settled, reasonGroup })) > 0;
}

/** Settles an event whose batch expired before its acknowledgement came, unless it has been emitted again since; false then. */
export async function deliverReleased(
  tx: Tx,
  of: Key,
  settled: { outcome: SettledOutcome; now: number },
): Promise<boolean> {
  return (await tx.change(settleReleased, { ...of, ...settled })) > 0;
}

/** `reason`: what it waits for; null when it is merely retried. */
export async function retryDelivery(
  tx: Tx,
  of: InBatch,
  to: { dueAt: number; reason: string | null; now: number },
): Promise<boolean> {
  const reasonGroup = to.reason === null ? null : reasonGroupOf(to.reason);
  return (await tx.change(retry, { ...of, ...to, reasonGroup })) > 0;
}

/** Releases a delivered event once more; false when it is not settled as delivered. */
export async function reopenSettled(tx: Tx, of: InBatch, dueAt: number): Promise<boolean> {
  return (await tx.change(reopen, { ...of, dueAt })) > 0;
}

export function toDelivery(row: Row): DeliveryRow {
  const { feed, status, attempts, reason, since } = row;
  return { feed, eventId: row.event_id, status, attempts, reason, since };
}
