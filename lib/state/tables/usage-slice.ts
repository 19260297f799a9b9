import { statement, type Tx } from '../port';

/** A part of a page that was emitted as one batch; `page` is -1 for a batch of single records that are emitted again. `out`:
 *  waits for its acknowledgement. `free`: will be emitted again. */
export interface UsageSlice {
  stream: number;
  /** The page's lowest id, or -1. */
  page: number;
  /** Positions in the page, the second excluded; for a batch of single records `start` is merely a number. */
  start: number;
  end: number;
  /** Changes each time the batch is emitted again: an acknowledgement of an earlier emission finds nothing. */
  token: string;
  status: 'out' | 'free' | 'settled';
  /** Which positions are settled: hexadecimal bits, empty for none. */
  done: string;
  /** Which time the batch is emitted, from 1. */
  attempt: number;
  /** The lowest open id, and the stored id before it. */
  openId: number;
  openBefore: number;
}

interface Row {
  stream: number;
  page: number;
  start_at: number;
  end_at: number;
  token: string;
  status: UsageSlice['status'];
  done: string;
  attempt: number;
  open_id: number;
  open_before: number;
}

const columns = 'stream, page, start_at, end_at, token, status, done, attempt, open_id, open_before';
const one = 'stream = :stream AND page = :page AND start_at = :start';

const add = statement(`
  INSERT INTO usage_slice (stream, page, start_at, end_at, token, status, done, attempt, open_id, open_before, sent_at,
    expires_at)
  VALUES (:stream, :page, :start, :end, :token, 'out', '', :attempt, :openId, :openBefore, :now, :expiresAt)`);
const byToken = statement<Row>(`SELECT ${columns} FROM usage_slice WHERE token = :token`);
/** `:before` is now for the batches that are overdue, or the end of time for all. */
const listOverdue = statement<Row>(`
  SELECT ${columns} FROM usage_slice
  WHERE stream = :stream AND status = 'out' AND status <> 'settled' AND expires_at <= :before`);
/** `expires_at` of a released batch is when it is due. */
const listFree = statement<Row>(`
  SELECT ${columns} FROM usage_slice
  WHERE stream = :stream AND status = 'free' AND status <> 'settled' AND expires_at <= :now ORDER BY open_id LIMIT 1`);
const listOfPage = statement<Row>(`
  SELECT ${columns} FROM usage_slice WHERE stream = :stream AND page = :page AND start_at <= :place AND end_at > :place`);
const free = statement(`UPDATE usage_slice SET status = 'free', expires_at = :dueAt WHERE ${one} AND status = 'out'`);
/** Times set before the clock went back. */
const bringForward = statement(`
  UPDATE usage_slice SET expires_at = CASE WHEN status = 'free' THEN :now ELSE :latest END, sent_at = :now
  WHERE stream = :stream AND status <> 'settled'
  AND ((status = 'free' AND expires_at > :now) OR (status = 'out' AND expires_at > :latest))`);
const edge = statement<{ open_id: number; open_before: number }>(`
  SELECT open_id, open_before FROM usage_slice WHERE stream = :stream AND status <> 'settled' ORDER BY open_id LIMIT 1`);
/** Under a new token: an acknowledgement of the earlier emission must not settle this one. */
const sendAgain = statement(`
  UPDATE usage_slice SET status = 'out', token = :token, attempt = attempt + 1, sent_at = :now, expires_at = :expiresAt
  WHERE ${one} AND status = 'free'`);
/** Bits and edges together: the cursor *delivered* is found without reading the bits. */
const note = statement(`
  UPDATE usage_slice SET done = :done, open_id = :openId, open_before = :openBefore
  WHERE ${one} AND status <> 'settled'`);
/** A batch that is settled bit by bit gets its whole time limit again after each bit. */
const alive = statement(`
  UPDATE usage_slice SET expires_at = :now + (expires_at - sent_at), sent_at = :now
  WHERE token = :token AND status = 'out' AND sent_at < :now`);
/** The token proves the ownership. */
const settle = statement(
  `UPDATE usage_slice SET status = 'settled', done = '' WHERE token = :token AND status <> 'settled'`,
);
const dropOfPage = statement(`DELETE FROM usage_slice WHERE stream = :stream AND page = :page AND status = 'settled'`);
const dropOldSingles = statement(
  `DELETE FROM usage_slice WHERE stream = :stream AND page = -1 AND status = 'settled' AND sent_at < :cutoff`,
);
const countOpen = statement<{ status: UsageSlice['status']; batches: number; records: number; due: number }>(`
  SELECT status, COUNT(*) AS batches, SUM(end_at - start_at) AS records, MIN(expires_at) AS due FROM usage_slice
  WHERE stream = :stream AND status <> 'settled' GROUP BY status`);
const nextSingle = statement<{ start: number | null }>(
  'SELECT MAX(start_at) + 1 AS start FROM usage_slice WHERE stream = :stream AND page = -1',
);

/** Notes a batch as out, in the transaction that moves its page on. Times in ms UTC. */
export async function addSlice(
  tx: Tx,
  slice: Omit<UsageSlice, 'status' | 'done'> & { now: number; expiresAt: number },
): Promise<void> {
  await tx.change(add, { ...slice });
}

/** The batch of a token, whatever its status; null for one of an earlier emission. */
export async function sliceOf(tx: Tx, token: string): Promise<UsageSlice | null> {
  return (await tx.rows(byToken, { token })).map(toSlice)[0] ?? null;
}

/** The batch that holds a position of a page; null before it is emitted. */
export async function sliceAt(tx: Tx, stream: number, page: number, place: number): Promise<UsageSlice | null> {
  return (await tx.rows(listOfPage, { stream, page, place })).map(toSlice)[0] ?? null;
}

/** Batches that are out and due by `before` (ms UTC). */
export async function overdueSlices(tx: Tx, stream: number, before: number): Promise<UsageSlice[]> {
  return (await tx.rows(listOverdue, { stream, before })).map(toSlice);
}

/** The lowest batch that has to be emitted again. */
export async function freeSlice(tx: Tx, stream: number, now: number): Promise<UsageSlice | null> {
  return (await tx.rows(listFree, { stream, now })).map(toSlice)[0] ?? null;
}

/** Releases a batch that is out; it is emitted again from `dueAt` (ms UTC) on. */
export async function setSliceFree(tx: Tx, { stream, page, start }: UsageSlice, dueAt: number): Promise<void> {
  await tx.change(free, { stream, page, start, dueAt });
}

/** Released batches are due now; open ones expire by `latest`. */
export async function bringSlicesForward(tx: Tx, stream: number, now: number, latest: number): Promise<void> {
  await tx.change(bringForward, { stream, now, latest });
}

/** Emits a released batch once more; its settled positions stay settled. */
export async function sendSliceAgain(
  tx: Tx,
  { stream, page, start }: UsageSlice,
  { token, now, expiresAt }: { token: string; now: number; expiresAt: number },
): Promise<void> {
  await tx.change(sendAgain, { stream, page, start, token, now, expiresAt });
}

/** Notes which positions are settled while others are open. */
export async function noteSlice(tx: Tx, slice: UsageSlice): Promise<void> {
  const { stream, page, start, done, openId, openBefore } = slice;
  await tx.change(note, { stream, page, start, done, openId, openBefore });
}

/** Extends an open batch of which something was settled: the rest is not emitted again before another full wait. */
export async function keepSliceOut(tx: Tx, token: string, now: number): Promise<void> {
  await tx.change(alive, { token, now });
}

/** Closes the batch of this token. */
export async function settleSlice(tx: Tx, token: string): Promise<void> {
  await tx.change(settle, { token });
}

/** Forgets the settled batches of a page, before the page itself is deleted. */
export async function dropSlicesOf(tx: Tx, stream: number, page: number): Promise<void> {
  await tx.change(dropOfPage, { stream, page });
}

/** Forgets settled batches of single records that were sent before `cutoff` (ms UTC). */
export async function dropSettledSingles(tx: Tx, stream: number, cutoff: number): Promise<void> {
  await tx.change(dropOldSingles, { stream, cutoff });
}

/** The lowest open id among the emitted ones, and the stored id before it. */
export async function sliceEdge(tx: Tx, stream: number): Promise<{ id: number; before: number } | null> {
  const row = (await tx.rows(edge, { stream }))[0];
  return row ? { id: row.open_id, before: row.open_before } : null;
}

/** Open batches and those to be emitted again: how many, with how many records at first, and when the first is due. */
export async function countSlices(tx: Tx, stream: number) {
  const none = { batches: 0, records: 0, due: null };
  const rows = await tx.rows(countOpen, { stream });
  const of = (status: UsageSlice['status']) => rows.find(row => row.status === status) ?? none;
  return { out: of('out'), free: of('free') };
}

/** The number for the next batch of single records. */
export async function singleNumber(tx: Tx, stream: number): Promise<number> {
  return (await tx.rows(nextSingle, { stream }))[0]?.start ?? 0;
}

function toSlice(row: Row): UsageSlice {
  const { stream, page, token, status, done, attempt } = row;
  const { start_at: start, end_at: end, open_id: openId, open_before: openBefore } = row;
  return { stream, page, start, end, token, status, done, attempt, openId, openBefore };
}
