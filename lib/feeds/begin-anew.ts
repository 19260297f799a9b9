import type { Tx } from '../state/port';
import type { ConsumerKey } from '../state/tables/cursor';
import { addBeginning, beginningsOf, type Source } from '../state/tables/new-beginning';
import { beginningStep, checkFitsBeginnings, IdMap } from './id-map';

/** Where reading begins anew: an id of WAP (included), and under which id it is counted here. */
export interface NewBeginning {
  fromId: number;
  countedFrom: number;
}

/** From an id of WAP on its ids are counted as others than before. `fetched`: the highest that was read.
 *  @throws INPUT_INVALID when there is no room for that in the ids */
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
