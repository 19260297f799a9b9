/** How long to wait before each further try: `firstMs`, then twice as long each time, up to `longestMs`. */
export interface BackOff {
  firstMs: number;
  longestMs: number;
}

/** The wait (ms) after `tries` tries that failed, counted from 1. */
export function waitAfter(tries: number, { firstMs, longestMs }: BackOff): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, tries - 1));
}
