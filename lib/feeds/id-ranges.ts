/** First and last id, both included. */
export type IdRange = readonly [number, number];

/** What is missing between two ids, both included, of those that are known (ascending; some may lie outside). */
export function missingOf(known: readonly number[], from: number, to: number): IdRange[] {
  const missing: IdRange[] = [];
  let next = from;
  for (const id of known) {
    if (id < next) continue;
    if (id > to) break;
    if (id > next) missing.push([next, id - 1]);
    next = id + 1;
  }
  if (next <= to) missing.push([next, to]);
  return missing;
}

export function countIn(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Names in one sentence. */
const named = 10;

/** The ranges for a person: the first few of them by name. */
export function namesOf(ranges: readonly IdRange[]): string {
  return firstFew(ranges.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)));
}

/** The first ten by name and how many more there are: an alarm with thousands of ids is not read. */
export function firstFew(items: readonly string[]): string {
  const rest = items.length - named;
  return items.slice(0, named).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
