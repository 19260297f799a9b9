import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** The name for all feeds together: the highest id that any of them has shown. */
export const allFeeds = '';

const mine = 'installation = :installation AND consumer = :consumer AND feed = :feed';

/** Only when no mark is newer than `:since`: a reader may poll every few seconds, and one position a minute is enough. */
const add = statement(`
  INSERT INTO feed_mark (installation, consumer, feed, noted_at, position)
  SELECT :installation, :consumer, :feed, :now, :position
  WHERE NOT EXISTS (SELECT 1 FROM feed_mark WHERE ${mine} AND noted_at > :since)`);
const dropFrom = statement(`DELETE FROM feed_mark WHERE ${mine} AND noted_at > :now`);
const newestUpTo = statement<Mark>(`
  SELECT noted_at, position FROM feed_mark WHERE ${mine} AND noted_at <= :upTo ORDER BY noted_at DESC LIMIT 1`);
const first = statement<Mark>(`SELECT noted_at, position FROM feed_mark WHERE ${mine} ORDER BY noted_at LIMIT 1`);
const dropBelow = statement(`
  DELETE FROM feed_mark WHERE installation = :installation AND consumer = :consumer AND feed = :feed
  AND noted_at < :below`);
const dropAll = statement('DELETE FROM feed_mark WHERE installation = :installation AND consumer = :consumer');

/** How far a feed had been read (`position`: an id) at a time (ms UTC). */
interface Mark {
  noted_at: number;
  position: number;
}

/** The least time between two marks, ms. */
const apartMs = 60_000;

/** Notes that a feed has been read up to an id by now; no more often than is useful. */
export async function noteMark(
  tx: Tx,
  key: ConsumerKey,
  { feed, position, now }: { feed: string; position: number; now: number },
): Promise<void> {
  await tx.change(dropFrom, { ...key, feed, now }); // after the clock was set back
  await tx.change(add, { ...key, feed, position, now, since: now - apartMs });
}

/** How far the feed had been read at a time; null when unknown. */
export async function markAt(tx: Tx, key: ConsumerKey, feed: string, upTo: number) {
  const [mark] = await tx.rows(newestUpTo, { ...key, feed, upTo });
  return mark ? { at: mark.noted_at, position: mark.position } : null;
}

/** The oldest mark that is kept; null without any. */
export async function firstMark(tx: Tx, key: ConsumerKey, feed: string) {
  const [mark] = await tx.rows(first, { ...key, feed });
  return mark ? { at: mark.noted_at, position: mark.position } : null;
}

/** Forgets marks of a feed from before a time, ms UTC. */
export async function dropMarks(tx: Tx, key: ConsumerKey, feed: string, below: number): Promise<void> {
  await tx.change(dropBelow, { ...key, feed, below });
}

/** Forgets all marks of a reader whose ids begin anew. */
export async function dropAllMarks(tx: Tx, key: ConsumerKey): Promise<void> {
  await tx.change(dropAll, { ...key });
}
