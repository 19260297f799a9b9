import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** WAP's events or its usage records; each numbers its own ids. */
export type Source = 'events' | 'usage';

/** From this WAP id on, a reader treats ids as new ones, because WAP's database was restored. Numbers rise from 1 and are never
 *  reused in an installation. */
export interface Beginning {
  number: number;
  fromId: number;
}

const list = statement<{ number: number; from_id: number }>(`
  SELECT number, from_id FROM new_beginning
  WHERE installation = :installation AND source = :source AND consumer = :consumer ORDER BY number`);
const add = statement<{ number: number }>(`
  INSERT INTO new_beginning (installation, source, number, consumer, from_id, begun_at)
  SELECT :installation, :source, COALESCE(MAX(number), 0) + 1, :consumer, :fromId, :now
  FROM new_beginning WHERE installation = :installation AND source = :source RETURNING number`);

/** A reader's new beginnings by their numbers; none for one whose WAP was never restored. */
export async function beginningsOf(tx: Tx, key: ConsumerKey, source: Source): Promise<Beginning[]> {
  const rows = await tx.rows(list, { ...key, source });
  return rows.map(row => ({ number: row.number, fromId: row.from_id }));
}

/** Answers its number. */
export async function addBeginning(
  tx: Tx,
  key: ConsumerKey,
  { source, fromId, now }: { source: Source; fromId: number; now: number },
): Promise<number> {
  return (await tx.rows(add, { ...key, source, fromId, now }))[0]?.number ?? 1;
}
