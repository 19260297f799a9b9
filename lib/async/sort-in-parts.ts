import { yieldToLoop } from './event-loop';

/** An item with its key, which is computed once. */
interface Keyed<T> {
  key: string;
  item: T;
}

/** Items sorted or merged before the event loop gets a turn. */
const together = 1000;

/** Sorts by key (code units, ascending) without holding up the event loop: 100 000 items would stop it for longer than 50 ms. */
export async function sortInParts<T>(items: readonly T[], keyOf: (item: T) => string): Promise<T[]> {
  let runs: Array<Array<Keyed<T>>> = [];
  for (let from = 0; from < items.length; from += together) {
    const run = items.slice(from, from + together).map(item => ({ key: keyOf(item), item }));
    runs.push(run.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
    await yieldToLoop();
  }
  while (runs.length > 1) {
    const merged: typeof runs = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? []));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ item }) => item);
}

/** Two sorted runs as one; of equal keys the left one comes first, so the sort is stable. */
async function merge<T>(left: Array<Keyed<T>>, right: Array<Keyed<T>>): Promise<Array<Keyed<T>>> {
  const merged: Array<Keyed<T>> = [];
  for (let l = 0, r = 0; merged.length < left.length + right.length; ) {
    const [ours, theirs] = [left[l], right[r]];
    const next = ours && (!theirs || ours.key <= theirs.key) ? ours : theirs;
    if (!next) break;
    merged.push(next);
    if (next === ours) l += 1;
    else r += 1;
    if (merged.length % together === 0) await yieldToLoop();
  }
  return merged;
}
