import { statement, type Tx } from '../port';

/** Fingerprints of a page's records, kept longer than the page itself, to recognise a record that its provider sends a second
 *  time. */
export interface UsageDigest {
  seq: number;
  total: number;
  /** 8 bytes a record, base64. */
  hashes: string;
}

const add = statement(`
  INSERT INTO usage_digest (stream, seq, from_time, to_time, total, hashes, stored_at)
  VALUES (:stream, :seq, :fromTime, :toTime, :total, :hashes, :now)`);
const last = statement<{ seq: number | null }>('SELECT MAX(seq) AS seq FROM usage_digest WHERE stream = :stream');
const listNewest = statement<UsageDigest>(`
  SELECT seq, total, hashes FROM usage_digest WHERE stream = :stream AND seq < :below ORDER BY seq DESC LIMIT :limit`);
const listPeriod = statement<UsageDigest>(`
  SELECT seq, total, hashes FROM usage_digest
  WHERE stream = :stream AND to_time >= :fromTime AND from_time <= :toTime AND seq < :below
  ORDER BY to_time LIMIT :limit`);
// Two statements, because no index serves an OR.
const pruneOld = statement('DELETE FROM usage_digest WHERE stream = :stream AND stored_at < :cutoff');
const pruneMany = statement('DELETE FROM usage_digest WHERE stream = :stream AND seq < :least');

/** Adds the fingerprints of a page; `fromTime` and `toTime` bound the `StartTime`s in it. */
export async function addDigest(
  tx: Tx,
  stream: number,
  digest: UsageDigest & { fromTime: string; toTime: string; now: number },
): Promise<void> {
  await tx.change(add, { stream, ...digest });
}

/** The number of the newest digest of a stream; 0 before any. */
export async function lastDigest(tx: Tx, stream: number): Promise<number> {
  return (await tx.rows(last, { stream }))[0]?.seq ?? 0;
}

/** Digests below a number, the newest first. */
export async function newestDigests(tx: Tx, stream: number, below: number, limit: number): Promise<UsageDigest[]> {
  return tx.rows(listNewest, { stream, below, limit });
}

/** Digests of records that began between two times, below a page number. */
export async function digestsOfPeriod(
  tx: Tx,
  stream: number,
  of: { fromTime: string; toTime: string; below: number; limit: number },
): Promise<UsageDigest[]> {
  return tx.rows(listPeriod, { stream, ...of });
}

/** Forgets digests stored before `cutoff` (ms UTC) and, however young, those numbered below `least`. */
export async function pruneDigests(tx: Tx, stream: number, cutoff: number, least: number): Promise<void> {
  await tx.change(pruneOld, { stream, cutoff });
  await tx.change(pruneMany, { stream, least });
}
