import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** The reader about which it was reported that something needs a person. */
export interface AttentionKey extends ConsumerKey {
  source: 'usage' | 'events';
}

const one = 'installation = :installation AND consumer = :consumer AND source = :source';
const find = statement<{ told_at: number }>(`SELECT told_at FROM attention WHERE ${one}`);
const put = statement(`
  INSERT INTO attention (installation, consumer, source, began_at, told_at)
  VALUES (:installation, :consumer, :source, :now, :now)
  ON CONFLICT (installation, consumer, source) DO UPDATE SET told_at = excluded.told_at`);
const drop = statement(`DELETE FROM attention WHERE ${one}`);

/** When it was reported last, ms UTC; null when it is over or was never reported. */
export async function toldAttention(tx: Tx, { installation, consumer, source }: AttentionKey): Promise<number | null> {
  return (await tx.rows(find, { installation, consumer, source }))[0]?.told_at ?? null;
}

/** Notes that it was reported at `now` (ms UTC); when it began stays as it was. */
export async function tellAttention(
  tx: Tx,
  { installation, consumer, source }: AttentionKey,
  now: number,
): Promise<void> {
  await tx.change(put, { installation, consumer, source, now });
}

/** Notes that it is over; false when it was never reported. */
export async function endAttention(tx: Tx, { installation, consumer, source }: AttentionKey): Promise<boolean> {
  return (await tx.change(drop, { installation, consumer, source })) > 0;
}
