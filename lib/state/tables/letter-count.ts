import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** How many letters there are. Maintained by triggers: a million cannot be counted each time. */
const find = statement<{ total: number }>('SELECT total FROM letter_count WHERE place = :place AND letter = :letter');
const list = statement<{ place: string; letter: LetterKind; total: number }>(
  'SELECT place, letter, total FROM letter_count WHERE total > 0 ORDER BY place, letter',
);

/** Reads only the ends of indices. */
const newest = statement<{ at: number | null }>(`
  SELECT MAX(at) AS at FROM (
    SELECT MAX(aside_at) AS at FROM usage_exception WHERE letter = 'dead'
    UNION ALL SELECT MAX(aside_at) FROM usage_exception WHERE letter = 'waiting'
    UNION ALL SELECT MAX(aside_at) FROM delivery WHERE letter = 'dead'
    UNION ALL SELECT MAX(aside_at) FROM delivery WHERE letter = 'waiting'
    UNION ALL SELECT MAX(aside_at) FROM delivery WHERE letter = 'parked'
    UNION ALL SELECT MAX(seen_at) FROM quarantine WHERE letter = 'quarantine') AS ends`);

/** `dead`: billing refused it for good. `waiting`: for something in billing, such as a mapping. `parked`: WAP does not know
 *  what it refers to. `quarantine`: a second, different body under one id. */
export const letterKinds = ['dead', 'waiting', 'parked', 'quarantine'] as const;
export type LetterKind = (typeof letterKinds)[number];

/** The places where letters are counted, as the triggers write them. */
export const streamPlace = (stream: number): string => `stream/${stream}`;
/** Where a reader's letters of events are counted. */
export const eventsPlace = ({ installation, consumer }: ConsumerKey): string => `events/${installation}/${consumer}`;
/** Bodies in quarantine belong to an installation, not to one of its readers. */
export const quarantinePlace = (installation: string): string => `quarantine/${installation}`;

/** How many letters of a kind a place has. */
export async function letterTotal(tx: Tx, place: string, letter: LetterKind): Promise<number> {
  return (await tx.rows(find, { place, letter }))[0]?.total ?? 0;
}

/** Of every place that has any. */
export function letterTotals(tx: Tx): Promise<Array<{ place: string; letter: LetterKind; total: number }>> {
  return tx.rows(list);
}

/** When something was last set aside, ms UTC; null when nothing is. */
export async function newestLetterAt(tx: Tx): Promise<number | null> {
  return (await tx.rows(newest))[0]?.at ?? null;
}
