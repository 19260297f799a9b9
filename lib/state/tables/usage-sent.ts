import { statement, type Tx } from '../port';

/** `sending`: billing may have it. `sent`: billing has it. */
export type SentState = 'sending' | 'sent';

const find = statement<{ state: SentState; noted_at: number }>(
  'SELECT state, noted_at FROM usage_sent WHERE target = :target AND item_key = :key',
);
const intend = statement(`
  INSERT INTO usage_sent (target, item_key, state, noted_at) VALUES (:target, :key, 'sending', :now)
  ON CONFLICT (target, item_key) DO NOTHING`);
const conclude = statement(`
  INSERT INTO usage_sent (target, item_key, state, noted_at) VALUES (:target, :key, 'sent', :now)
  ON CONFLICT (target, item_key) DO UPDATE SET state = 'sent'`);
const forget = statement(`DELETE FROM usage_sent WHERE target = :target AND item_key = :key AND state = 'sending'`);
const prune = statement(`
  DELETE FROM usage_sent WHERE target = :target AND item_key IN
    (SELECT item_key FROM usage_sent WHERE target = :target AND noted_at < :cutoff ORDER BY noted_at LIMIT :limit)`);

/** The state of an item, and since when. */
export async function findSent(tx: Tx, target: string, key: string): Promise<{ state: SentState; at: number } | null> {
  const [row] = await tx.rows(find, { target, key });
  return row ? { state: row.state, at: row.noted_at } : null;
}

/** Written before a call: from now on billing may have it. Keeps the time of the first call. */
export async function intendSent(tx: Tx, target: string, key: string, now: number): Promise<void> {
  await tx.change(intend, { target, key, now });
}

/** Written after a call that billing accepted. */
export async function concludeSent(tx: Tx, target: string, key: string, now: number): Promise<void> {
  await tx.change(conclude, { target, key, now });
}

/** Billing answered that it did not take it. */
export async function forgetSent(tx: Tx, target: string, key: string): Promise<void> {
  await tx.change(forget, { target, key });
}

/** Forgets up to `limit` of the items noted before `cutoff` (ms UTC): a repeat of one would be sent again. */
export async function pruneSent(tx: Tx, target: string, cutoff: number, limit: number): Promise<void> {
  await tx.change(prune, { target, cutoff, limit });
}
