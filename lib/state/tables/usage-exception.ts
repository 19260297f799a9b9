import { foldId } from '../../ids';
import { statement, type Tx } from '../port';
import { letterTotal, streamPlace } from './letter-count';
import { reasonGroupOf } from './reason-group';

/** A usage record that was not simply delivered. `ready`: emitted again from `dueAt` on. `sent`: in an open batch. `waiting`:
 *  for its subscription's mapping. `dead`: billing refused it for good. `discarded`: a person gave it up. `duplicate`: its
 *  provider had sent it under another id, so it is not billed. */
export type ExceptionStatus = 'ready' | 'sent' | 'waiting' | 'dead' | 'discarded' | 'duplicate';

/** A record with a row of its own. `since`: in this status since, ms UTC. */
export interface UsageException {
  eventId: number;
  status: ExceptionStatus;
  attempts: number;
  reason: string | null;
  since: number;
  /** The record's JSON text. */
  body: string;
}

interface Row {
  event_id: number;
  status: ExceptionStatus;
  attempts: number;
  reason: string | null;
  since: number;
  body: string;
}

const columns = 'event_id, status, attempts, reason, since, body';
const one = 'stream = :stream AND event_id = :eventId';
/** What is not settled yet. As text in each statement, because a partial index serves only a condition that it has itself. */
const open = "status IN ('ready', 'sent', 'waiting')";

const put = statement(`
  INSERT INTO usage_exception (stream, event_id, before_id, status, token, attempts, due_at, reason, subscription_id,
    body, since, aside_at, reason_group)
  VALUES (:stream, :eventId, :before, :status, NULL, :attempts, :dueAt, :reason, :subscriptionId, :body, :now,
    CASE WHEN :status IN ('dead', 'waiting') THEN :now END, :reasonGroup)
  ON CONFLICT (stream, event_id) DO NOTHING`);
const listKnown = statement<{ event_id: number; body: string }>(`
  SELECT event_id, body FROM usage_exception WHERE stream = :stream AND event_id BETWEEN :from AND :to
  AND (:status = '' OR status = :status)`);
const listDue = statement<Row & { before_id: number }>(`
  SELECT ${columns}, before_id FROM usage_exception
  WHERE stream = :stream AND status IN ('ready', 'waiting') AND ${open} AND due_at <= :now
  ORDER BY event_id LIMIT :limit`);
/** Records whose subscription was mapped since they began to wait, or in the minute before: whoever found no mapping may report
 *  that late. */
const releaseMapped = statement(`
  UPDATE usage_exception SET status = 'ready', due_at = :now
  WHERE stream = :stream AND status = 'waiting' AND subscription_id IN (
    SELECT wap_key FROM mapping WHERE installation = :installation AND kind = 'subscription' AND updated_at >= :changedSince)
  AND EXISTS (SELECT 1 FROM mapping m WHERE m.installation = :installation AND m.kind = 'subscription'
    AND m.wap_key = usage_exception.subscription_id AND m.updated_at >= usage_exception.since - 60000)`);
/** Times set before the clock went back, including `since`, with which new mappings are compared. */
const makeDue = statement(`
  UPDATE usage_exception SET due_at = :now, since = :now
  WHERE stream = :stream AND status IN ('ready', 'waiting') AND (due_at > :now OR since > :now)`);
const send = statement(
  `UPDATE usage_exception SET status = 'sent', token = :token, attempts = attempts + 1 WHERE ${one} AND ${open}`,
);
const ofBatch = statement<Row>(
  `SELECT ${columns} FROM usage_exception WHERE stream = :stream AND token = :token AND status = 'sent' ORDER BY event_id`,
);
const find = statement<{ status: ExceptionStatus; token: string | null; subscription_id: string | null }>(
  `SELECT status, token, subscription_id FROM usage_exception WHERE ${one}`,
);
const release = statement(`
  UPDATE usage_exception SET status = 'ready', token = NULL, due_at = :now
  WHERE stream = :stream AND token = :token AND status = 'sent'`);
/** The token proves the ownership: only who was sent the record settles it. */
const sentOne = `${one} AND token = :token AND status = 'sent'`;
/** A record that still waits counts as set aside since it began to. */
const change = statement(`
  UPDATE usage_exception SET status = :status, token = NULL, due_at = :dueAt, reason = :reason, since = :now,
    aside_at = CASE :status WHEN 'dead' THEN :now WHEN 'waiting' THEN COALESCE(aside_at, :now) END,
    reason_group = :reasonGroup
  WHERE ${sentOne}`);
const deliver = statement(`DELETE FROM usage_exception WHERE ${sentOne}`);
const edge = statement<{ event_id: number; before_id: number }>(`
  SELECT event_id, before_id FROM usage_exception WHERE stream = :stream AND ${open} ORDER BY event_id LIMIT 1`);
const count = statement<{ status: ExceptionStatus; total: number; oldest: number; due: number }>(`
  SELECT status, COUNT(*) AS total, MIN(since) AS oldest, MIN(due_at) AS due FROM usage_exception
  WHERE stream = :stream AND ${open} GROUP BY status`);
const countOf = statement<{ total: number }>(
  'SELECT COUNT(*) AS total FROM usage_exception WHERE stream = :stream AND status = :status',
);
const any = statement<{ event_id: number }>('SELECT event_id FROM usage_exception WHERE stream = :stream LIMIT 1');
const countOpen = statement<{ total: number }>(
  `SELECT COUNT(*) AS total FROM usage_exception WHERE stream = :stream AND ${open}`,
);
const list = statement<Row>(`
  SELECT ${columns} FROM usage_exception WHERE stream = :stream AND status = :status ORDER BY event_id LIMIT :limit`);
const reopen = statement(`
  UPDATE usage_exception SET status = 'ready', reason = NULL, due_at = :now, since = :now, aside_at = NULL
  WHERE ${one} AND status IN ('dead', 'discarded', 'waiting', 'ready')`);
const discard = statement(`
  UPDATE usage_exception SET status = 'discarded', reason = :reason, since = :now
  WHERE ${one} AND status IN ('dead', 'waiting', 'ready')`);
/** Only up to an id: what is read again below the cursor would otherwise look new, and be billed once more. */
const prune = statement(`
  DELETE FROM usage_exception WHERE stream = :stream AND since < :cutoff
  AND status IN ('dead', 'discarded', 'duplicate') AND event_id <= :upTo`);

/** A record that is to be stored singly; times in ms UTC. */
export interface NewException {
  eventId: number;
  /** The stored id below it. */
  before: number;
  status: Exclude<ExceptionStatus, 'sent'>;
  attempts: number;
  /** Not emitted before, ms UTC; for what is settled it does not matter. */
  dueAt: number;
  reason: string | null;
  /** As the record spells it; by it the record is found when its subscription is mapped. */
  subscriptionId: string | null;
  body: string;
  now: number;
}

/** Stores a record singly; one that is there already stays as it is. */
export async function addException(tx: Tx, stream: number, row: NewException): Promise<void> {
  const subscriptionId = row.subscriptionId === null ? null : foldId(row.subscriptionId);
  await tx.change(put, { stream, ...row, subscriptionId, reasonGroup: groupOf(row.reason, subscriptionId) });
}

/** Bodies of records stored singly in a range of ids; all, or those of one status. */
export async function exceptionsBetween(
  tx: Tx,
  stream: number,
  from: number,
  to: number,
  status: ExceptionStatus | '' = '',
): Promise<Map<number, string>> {
  const rows = await tx.rows(listKnown, { stream, from, to, status });
  return new Map(rows.map(row => [row.event_id, row.body]));
}

/** Records to be emitted now, lowest id first; `before` is the stored id below each. */
export async function dueExceptions(tx: Tx, stream: number, now: number, limit: number) {
  const rows = await tx.rows(listDue, { stream, now, limit });
  return rows.map(row => ({ ...toException(row), before: row.before_id }));
}

/** Only mappings changed since a time are looked at. */
export async function releaseMappedExceptions(
  tx: Tx,
  stream: number,
  of: { installation: string; changedSince: number; now: number },
): Promise<void> {
  await tx.change(releaseMapped, { stream, ...of });
}

/** After the clock was set back: what waits is due now, rather than after the hours that are lived a second time. */
export async function makeExceptionsDue(tx: Tx, stream: number, now: number): Promise<void> {
  await tx.change(makeDue, { stream, now });
}

/** Puts an open record into a batch; one that a person discarded meanwhile stays out. */
export async function sendException(tx: Tx, stream: number, eventId: number, token: string): Promise<void> {
  await tx.change(send, { stream, eventId, token });
}

/** The records of a batch of single records that are still open in it. */
export async function exceptionsOf(tx: Tx, stream: number, token: string): Promise<UsageException[]> {
  return (await tx.rows(ofBatch, { stream, token })).map(toException);
}

/** The status of a record stored singly, and its open batch. */
export async function findException(tx: Tx, stream: number, eventId: number) {
  return (await tx.rows(find, { stream, eventId }))[0] ?? null;
}

/** Releases the records of a batch that was not acknowledged. */
export async function releaseExceptions(tx: Tx, stream: number, token: string, now: number): Promise<void> {
  await tx.change(release, { stream, token, now });
}

/** A record in the batch with which it was emitted: a token of an earlier batch no longer settles it. */
type Sent = { stream: number; eventId: number; token: string };

/** Gives an emitted record another status; false when it is not open in that batch (any more). */
export async function changeException(
  tx: Tx,
  of: Sent,
  to: { status: ExceptionStatus; dueAt: number; reason: string | null; now: number },
): Promise<boolean> {
  const known = to.reason === null ? null : await findException(tx, of.stream, of.eventId);
  const reasonGroup = groupOf(to.reason, known?.subscription_id ?? null);
  return (await tx.change(change, { ...of, ...to, reasonGroup })) > 0;
}

/** Billing has it: a delivered record needs no row. False when it is not open in that batch (any more). */
export async function deliverException(tx: Tx, of: Sent): Promise<boolean> {
  return (await tx.change(deliver, { ...of })) > 0;
}

/** The lowest open record, and the stored id before it. */
export async function exceptionEdge(tx: Tx, stream: number): Promise<{ id: number; before: number } | null> {
  const row = (await tx.rows(edge, { stream }))[0];
  return row ? { id: row.event_id, before: row.before_id } : null;
}

/** Counts the open records, whose number is bounded; for the others see `deadRecords` and `duplicateRecords`. */
export async function countExceptions(tx: Tx, stream: number) {
  const rows = await tx.rows(count, { stream });
  return new Map(rows.map(({ status, ...counts }) => [status, counts]));
}

/** How many dead letters a stream has, from the count that triggers keep. */
export function deadRecords(tx: Tx, stream: number): Promise<number> {
  return letterTotal(tx, streamPlace(stream), 'dead');
}

/** How many records of a stream were not billed because their provider had sent them before. */
export async function duplicateRecords(tx: Tx, stream: number): Promise<number> {
  return (await tx.rows(countOf, { stream, status: 'duplicate' }))[0]?.total ?? 0;
}

/** Whether any record is stored singly, open or not. */
export async function hasExceptions(tx: Tx, stream: number): Promise<boolean> {
  return (await tx.rows(any, { stream })).length > 0;
}

/** How many records stored singly are open. */
export async function openExceptions(tx: Tx, stream: number): Promise<number> {
  return (await tx.rows(countOpen, { stream }))[0]?.total ?? 0;
}

/** Records in one status, lowest id first. */
export async function listExceptions(
  tx: Tx,
  stream: number,
  status: ExceptionStatus,
  limit: number,
): Promise<UsageException[]> {
  return (await tx.rows(list, { stream, status, limit })).map(toException);
}

/** Releases a record that waits or was given up; false for any other. */
export async function reopenException(tx: Tx, stream: number, eventId: number, now: number): Promise<boolean> {
  return (await tx.change(reopen, { stream, eventId, now })) > 0;
}

/** Gives up a record that waits or is a dead letter; false for any other, such as one in an open batch. */
export async function discardException(tx: Tx, stream: number, eventId: number, reason: string, now: number) {
  return (await tx.change(discard, { stream, eventId, reason, now })) > 0;
}

/** Forgets what was settled before `cutoff` (ms UTC) with an id up to `upTo`. */
export async function pruneExceptions(tx: Tx, stream: number, cutoff: number, upTo: number): Promise<void> {
  await tx.change(prune, { stream, cutoff, upTo });
}

function toException(row: Row): UsageException {
  const { status, attempts, reason, since, body } = row;
  return { eventId: row.event_id, status, attempts, reason, since, body };
}

const groupOf = (reason: string | null, about: string | null) =>
  reason === null ? null : reasonGroupOf(reason, about);
