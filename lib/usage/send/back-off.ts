const firstMs = 1000;
const longestMs = 900_000;

/** Wait before the next try, doubling from a second to a quarter of an hour. `tries` were made. */
export function backOff(tries: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(20, Math.max(0, tries - 1)));
}
