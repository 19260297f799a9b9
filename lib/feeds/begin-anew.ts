import type { Tx } from '../state/port';
import type { ConsumerKey } from '../state/tables/cursor';
import { addBeginning, beginningsOf, type Source } from '../state/tables/new-beginning';
import { beginningStep, checkFitsBeginnings, IdMap } from './id-map';

/** Where reading begins anew: an id of WAP (included), and under which id it is counted here. */
export interface NewBeginning {
  fromId: number;
  countedFrom: number;
}

/** Counts WAP's ids from `fromId` on under a new number, so that none of them makes a key that was used before. `fetched`:
 *  the highest id that was read.
 *  @throws INPUT_INVALID when the ids leave no room for the number */
export async function countAnew(
  tx: Tx,
  key: ConsumerKey,
  source: Source,
  { fromId, fetched, now }: { fromId: number; fetched: number; now: number },
): Promise<NewBeginning> {
  checkFitsBeginnings(fromId);
  if (new IdMap(await beginningsOf(tx, key, source)).isPlain) checkFitsBeginnings(fetched);
  const number = await addBeginning(tx, key, { source, fromId, now });
  return { fromId, countedFrom: number * beginningStep + fromId };
}
