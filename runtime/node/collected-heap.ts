/** What the heap holds when V8 has just collected its garbage: between two collections, what is used says little about what is held. */
import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

let isWatching = false;
let last = { at: Number.NEGATIVE_INFINITY, bytes: 0 };

/** Bytes held after the last full collection since `at` (as `performance.now()` tells it); `undefined` while there was none. */
export function heldSince(at: number): number | undefined {
  watch();
  return last.at > at ? last.bytes : undefined;
}

/** Begun by the first who asks: who never does pays nothing. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  new PerformanceObserver(list => {
    const isFull = list.getEntries().some(entry => kindOf(entry) === constants.NODE_PERFORMANCE_GC_MAJOR);
    if (isFull) last = { at: performance.now(), bytes: getHeapStatistics().used_heap_size };
  }).observe({ type: 'gc' });
}

/** Only entries of collections have it, which the declarations of Node.js do not say. */
const kindOf = (entry: PerformanceEntry & { detail?: { kind?: number } }): number | undefined => entry.detail?.kind;
