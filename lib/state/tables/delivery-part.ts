import { statement, type Tx } from '../port';

/** The outcome of a part of a record, or of one copy of it, while the rest is still open. */
export interface DeliveryPart {
  /** The part: the key of a quantity; empty for the whole record. */
  part: string;
  /** Who reported it; each copy of a part has its own. */
  party: string;
  /** How many parts the record has. */
  parts: number;
  /** How many parties get a copy of this part. */
  copies: number;
  result: 'delivered' | 'duplicate' | 'retry' | 'waiting' | 'dead';
  /** For a retry, how long to wait, in ms. */
  afterMs: number;
  reason: string | null;
}

/** The record, in the batch as emitted at that time. */
export interface DeliveryPartKey {
  token: string;
  feed: string;
  eventId: number;
}

interface Row {
  part: string;
  party: string;
  parts: number;
  copies: number;
  result: DeliveryPart['result'];
  after_ms: number;
  reason: string | null;
}

const one = 'token = :token AND feed = :feed AND event_id = :eventId';

/** The first outcome counts, unless it turns out that billing has it. */
const put = statement(`
  INSERT INTO delivery_part (token, feed, event_id, part, party, parts, copies, result, after_ms, reason, noted_at)
  VALUES (:token, :feed, :eventId, :part, :party, :parts, :copies, :result, :afterMs, :reason, :now)
  ON CONFLICT (token, feed, event_id, part, party) DO UPDATE SET result = excluded.result
  WHERE excluded.result IN ('delivered', 'duplicate')`);
const list = statement<Row>(
  `SELECT part, party, parts, copies, result, after_ms, reason FROM delivery_part WHERE ${one} ORDER BY part, party`,
);
const drop = statement(`DELETE FROM delivery_part WHERE ${one}`);
const prune = statement('DELETE FROM delivery_part WHERE noted_at < :cutoff');

const putCount = statement(`
  INSERT INTO delivery_count (token, split, total, done, after_ms, noted_at)
  VALUES (:token, :split, :total, :done, :afterMs, :now)
  ON CONFLICT (token, split) DO UPDATE SET done = excluded.done, after_ms = excluded.after_ms`);
const findCount = statement<{ total: number; done: string; after_ms: number | null }>(
  'SELECT total, done, after_ms FROM delivery_count WHERE token = :token AND split = :split',
);
const pruneCounts = statement('DELETE FROM delivery_count WHERE noted_at < :cutoff');

/** Notes the outcome of one part as one party reports it; see `put` for a second report. */
export async function putPart(tx: Tx, key: DeliveryPartKey, part: DeliveryPart, now: number): Promise<void> {
  await tx.change(put, { ...key, ...part, now });
}

/** What is known of a record's parts so far. */
export async function partsOf(tx: Tx, key: DeliveryPartKey): Promise<DeliveryPart[]> {
  return (await tx.rows(list, { ...key })).map(({ after_ms, ...row }) => ({ ...row, afterMs: after_ms }));
}

/** Forgets the parts of a record that has its own outcome now. */
export async function dropParts(tx: Tx, key: DeliveryPartKey): Promise<void> {
  await tx.change(drop, { ...key });
}

/** How far the messages of a split are settled; `done` holds a hexadecimal bit for each. `afterMs`: the longest wait that one
 *  of them asked for, or null. */
export interface DeliveryCount {
  total: number;
  done: string;
  afterMs: number | null;
}

/** How far one split of a batch is settled; null before the first of its messages. `split` names it within the batch. */
export async function findDeliveryCount(tx: Tx, token: string, split: string): Promise<DeliveryCount | null> {
  const [row] = await tx.rows(findCount, { token, split });
  return row ? { total: row.total, done: row.done, afterMs: row.after_ms } : null;
}

/** Writes how far a split is settled; read and written in one transaction, or two messages would overwrite each other's bit. */
export async function putDeliveryCount(
  tx: Tx,
  token: string,
  split: string,
  count: DeliveryCount,
  now: number,
): Promise<void> {
  await tx.change(putCount, { token, split, ...count, now });
}

/** Deletes what was noted about batches that nobody can settle any more. */
export async function pruneParts(tx: Tx, cutoff: number): Promise<void> {
  await tx.change(prune, { cutoff });
  await tx.change(pruneCounts, { cutoff });
}
