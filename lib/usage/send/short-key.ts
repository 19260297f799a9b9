import { createHash } from 'node:crypto';
import type { LongKeys } from '../../state/tables/long-keys';
import type { Quantity } from '../quantity';

/** The shortest limit of known billing systems. */
const usualLength = 100;
const digestLength = 32;

/** The key itself if it is short enough, else its beginning and a digest of all of it: the same for the same key, different for
 *  every other. `most`: characters, 32 or more. */
export function shortKey(key: string, most: number): string {
  if (key.length <= most) return key;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, digestLength);
  const start = key.slice(0, Math.max(0, most - digestLength - 1));
  // Half of a surrogate pair at its end could not be sent in a path.
  return start === '' ? digest : `${start.replace(/[\ud800-\udbff]$/, '')}~${digest}`;
}

/** The key under which a quantity is sent. `most`: the longest that billing takes, where its template says so. Where it does not,
 *  what an older version of this package may have sent keeps its long key: billing would not recognise another one and would
 *  bill it twice. */
export function sentKey({ key, recordId }: Quantity, most: number | null, long: readonly LongKeys[]): string {
  if (key.length <= (most ?? usualLength)) return key;
  if (most === null && long.some(({ prefix, upTo }) => recordId <= upTo && key.startsWith(prefix))) return key;
  return shortKey(key, most ?? usualLength);
}
