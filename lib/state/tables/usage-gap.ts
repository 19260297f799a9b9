import { statement, type Tx } from '../port';

/** A range of usage ids, both ends included, of which some are missing. */
export interface UsageGap {
  from: number;
  to: number;
  /** The lowest id that has arrived, how many have, and which, as in `UsagePage`. */
  firstId: number;
  total: number;
  ids: string;
  /** When the range was read, ms UTC. */
  readAt: number;
}

interface Row {
  from_id: number;
  to_id: number;
  first_id: number;
  total: number;
  ids: string;
  read_at: number;
}

const columns = 'from_id, to_id, first_id, total, ids, read_at';
const one = 'stream = :stream AND from_id = :from';

const add = statement(`
  INSERT INTO usage_gap (stream, from_id, to_id, first_id, total, ids, read_at, due_at)
  VALUES (:stream, :from, :to, :firstId, :total, :ids, :now, :now)`);
const firstDue = statement<Row>(`
  SELECT ${columns} FROM usage_gap WHERE stream = :stream AND due_at <= :now ORDER BY due_at, from_id LIMIT 1`);
const nextDue = statement<Row>(`
  SELECT ${columns} FROM usage_gap WHERE stream = :stream AND from_id > :from AND due_at <= :now
  ORDER BY from_id LIMIT :limit`);
/** Any part of the range counts, not the whole of it. */
const overlapping = statement<Row>(`
  SELECT ${columns} FROM usage_gap WHERE stream = :stream AND from_id <= :to AND to_id >= :from ORDER BY from_id`);
const setIds = statement(`UPDATE usage_gap SET first_id = :firstId, total = :total, ids = :ids WHERE ${one}`);
const postpone = statement(`UPDATE usage_gap SET due_at = :dueAt WHERE ${one}`);
/** Times set before the clock went back. */
const bringForward = statement(`
  UPDATE usage_gap SET due_at = :now, read_at = CASE WHEN read_at > :now THEN :now ELSE read_at END
  WHERE stream = :stream AND due_at > :now`);
const drop = statement(`DELETE FROM usage_gap WHERE ${one}`);
const dropAll = statement('DELETE FROM usage_gap WHERE stream = :stream');
const listRead = statement<Row>(`
  SELECT ${columns} FROM usage_gap WHERE stream = :stream AND read_at <= :upTo ORDER BY from_id LIMIT :limit`);
/** All but the `:most` + 1 ranges with the highest ids. */
const farFrom = `stream = :stream AND from_id < (
    SELECT from_id FROM usage_gap WHERE stream = :stream ORDER BY from_id DESC LIMIT 1 OFFSET :most)`;
const dropFar = statement(`DELETE FROM usage_gap WHERE ${farFrom}`);
const listFar = statement<Row>(`SELECT ${columns} FROM usage_gap WHERE ${farFrom} ORDER BY from_id LIMIT :limit`);

/** Notes a range of which some ids were missing when it was read; it is due at once. */
export async function addGap(tx: Tx, stream: number, { readAt: now, ...gap }: UsageGap): Promise<void> {
  await tx.change(add, { stream, ...gap, now });
}

/** The range that has waited longest to be read again, and those above it that are due as well. */
export async function dueGaps(tx: Tx, stream: number, now: number, limit: number): Promise<UsageGap[]> {
  const [first] = (await tx.rows(firstDue, { stream, now })).map(toGap);
  if (!first) return [];
  return [first, ...(await tx.rows(nextDue, { stream, from: first.from, now, limit })).map(toGap)];
}

/** Ranges that overlap ids `from` to `to`, both included. */
export async function gapsBetween(tx: Tx, stream: number, from: number, to: number): Promise<UsageGap[]> {
  return (await tx.rows(overlapping, { stream, from, to })).map(toGap);
}

/** Ranges that were read up to a time. */
export async function gapsReadBy(tx: Tx, stream: number, upTo: number, limit: number): Promise<UsageGap[]> {
  return (await tx.rows(listRead, { stream, upTo, limit })).map(toGap);
}

/** Notes which ids of a range have arrived by now. */
export async function setGapIds(
  tx: Tx,
  stream: number,
  { from, firstId, total, ids }: Pick<UsageGap, 'from' | 'firstId' | 'total' | 'ids'>,
): Promise<void> {
  await tx.change(setIds, { stream, from, firstId, total, ids });
}

/** Reads a range again not before `dueAt` (ms UTC). */
export async function postponeGap(tx: Tx, stream: number, from: number, dueAt: number): Promise<void> {
  await tx.change(postpone, { stream, from, dueAt });
}

/** After the clock was set back: all ranges are due, and none counts as read later than now. */
export async function bringGapsForward(tx: Tx, stream: number, now: number): Promise<void> {
  await tx.change(bringForward, { stream, now });
}

/** Forgets one range: nothing of it is missing any more, or it is given up. */
export async function dropGap(tx: Tx, stream: number, from: number): Promise<void> {
  await tx.change(drop, { stream, from });
}

/** Forgets all ranges of a stream. */
export async function dropGaps(tx: Tx, stream: number): Promise<void> {
  await tx.change(dropAll, { stream });
}

/** Keeps only this many, those with the highest ids. */
export async function keepNearestGaps(tx: Tx, stream: number, most: number): Promise<void> {
  await tx.change(dropFar, { stream, most: most - 1 });
}

/** Ranges beyond the `most` with the highest ids. */
export async function farGaps(tx: Tx, stream: number, most: number, limit: number): Promise<UsageGap[]> {
  return (await tx.rows(listFar, { stream, most: most - 1, limit })).map(toGap);
}

function toGap(row: Row): UsageGap {
  const { total, ids } = row;
  return { from: row.from_id, to: row.to_id, firstId: row.first_id, total, ids, readAt: row.read_at };
}
