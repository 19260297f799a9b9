import { isWapTime, parseWapTime } from '../wap/client/time';

/** The lowest id from which on the next item is beyond; where there is no more item, all is beyond. `next` answers the
 *  first item from an id on. Doubles its steps until an item is beyond, then halves the stretch, because WAP neither tells its
 *  last id nor finds anything by time; right only as far as `isBeyond` goes up with the ids. */
export async function searchId<T extends { EventId: number }>(
  next: (id: number) => Promise<T | undefined>,
  isBeyond: (item: T) => boolean,
): Promise<number> {
  const before = async (id: number): Promise<number | null> => {
    const item = await next(id);
    return item && !isBeyond(item) ? item.EventId : null;
  };
  let low = 0; // nothing below is beyond
  let step = 1;
  for (let found = await before(low); found !== null; found = await before(low + step)) {
    low = found + 1;
    step *= 2;
  }
  let high = low + step;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await before(middle);
    if (found === null) high = middle;
    else low = found + 1;
  }
  return low;
}

/** ms UTC; a time that cannot be read is before all others: its item must not end a search. */
export function timeOf(text: string): number {
  return isWapTime(text) ? parseWapTime(text).ms : Number.NEGATIVE_INFINITY;
}
