import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** A batch that was emitted. `open`: waits for its acknowledgement. `expired`: its events were, or will be, emitted again. */
export interface BatchRow extends ConsumerKey {
  /** Stands for the batch in messages, and is what settles it. */
  token: string;
  status: 'open' | 'settled' | 'expired';
  /** Which time its events are emitted, from 1. */
  attempt: number;
}

const columns = 'token, installation, consumer, status, attempt';
const mine = 'installation = :installation AND consumer = :consumer';

const add = statement(`
  INSERT INTO batch (token, installation, consumer, status, attempt, sent_at, expires_at)
  VALUES (:token, :installation, :consumer, 'open', :attempt, :now, :expiresAt)`);
const find = statement<BatchRow>(`SELECT ${columns} FROM batch WHERE token = :token`);
/** `:before` is now for the batches that are overdue, or the end of time for all. */
const expire = statement<{ token: string }>(`
  UPDATE batch SET status = 'expired' WHERE ${mine} AND status = 'open' AND expires_at <= :before RETURNING token`);
/** An expiry set before the clock went back. */
const bringForward = statement(`
  UPDATE batch SET expires_at = :latest, sent_at = :now WHERE ${mine} AND status = 'open' AND expires_at > :latest`);
const countOpen = statement<{ total: number }>(`SELECT COUNT(*) AS total FROM batch WHERE ${mine} AND status = 'open'`);
/** Conditional on what is in it, so that settling the last two events at once cannot leave it open. */
const settle = statement(`
  UPDATE batch SET status = 'settled' WHERE token = :token AND status = 'open'
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.token = batch.token AND d.status = 'sent')`);
/** A batch that is settled piece by piece gets its whole time limit again after each piece. */
const alive = statement(`
  UPDATE batch SET expires_at = :now + (expires_at - sent_at), sent_at = :now
  WHERE token = :token AND status = 'open' AND sent_at < :now`);
const prune = statement(`DELETE FROM batch WHERE ${mine} AND status <> 'open' AND sent_at < :cutoff`);

/** Notes a batch as open, in the transaction that gives its events the token. Times in ms UTC. */
export async function addBatch(
  tx: Tx,
  key: ConsumerKey,
  batch: { token: string; attempt: number; now: number; expiresAt: number },
): Promise<void> {
  await tx.change(add, { ...key, ...batch });
}

/** The batch of a token, whatever its status; null for a token that was pruned or never ours. */
export async function findBatch(tx: Tx, token: string): Promise<BatchRow | null> {
  return (await tx.rows(find, { token }))[0] ?? null;
}

/** Expires a reader's open batches that are due by `before` (ms UTC) and answers their tokens, whose events the caller releases
 *  in the same transaction: otherwise they would belong to nobody. */
export async function expireBatches(tx: Tx, key: ConsumerKey, before: number): Promise<string[]> {
  return (await tx.rows(expire, { ...key, before })).map(row => row.token);
}

/** After the clock was set back: no open batch may expire later than `latest` (ms UTC), or it would hold its events for as long
 *  as the clock went back. */
export async function bringBatchesForward(tx: Tx, key: ConsumerKey, now: number, latest: number): Promise<void> {
  await tx.change(bringForward, { ...key, now, latest });
}

/** How many of a reader's batches are open. */
export async function openBatches(tx: Tx, key: ConsumerKey): Promise<number> {
  return (await tx.rows(countOpen, { ...key }))[0]?.total ?? 0;
}

/** Closes the batch when none of its events is open. */
export async function settleBatch(tx: Tx, token: string): Promise<void> {
  await tx.change(settle, { token });
}

/** Extends an open batch of which something was settled: the rest is not emitted again before another full wait. */
export async function keepBatchOut(tx: Tx, token: string, now: number): Promise<void> {
  await tx.change(alive, { token, now });
}

/** Forgets a reader's batches that are no longer open and were last sent before `cutoff` (ms UTC). */
export async function pruneBatches(tx: Tx, key: ConsumerKey, cutoff: number): Promise<void> {
  await tx.change(prune, { ...key, cutoff });
}
