import { setMaxListeners } from 'node:events';

/** A time limit combined with the signals that may end the same work earlier. */
export interface Limit {
  signal: AbortSignal;
  /** Why `signal` fired, or `null` if it has not. A parent that is itself a time-out (`AbortSignal.timeout`) counts as `time`:
   *  nobody gave the work up. */
  endedBy(): 'time' | 'parent' | null;
  /** Removes timer and listeners. Call it when the work is over, however it ended. */
  release(): void;
}

/** True when the signal fired because a time was up. */
export const isTimeOut = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof Error && signal.reason.name === 'TimeoutError';

/** Starts a limit of `ms`. Not by `AbortSignal.any`: on Node 20 each call leaves an entry on a long-lived parent. */
export function startLimit(ms: number, parents: Array<AbortSignal | undefined>): Limit {
  const controller = new AbortController();
  let ended: 'time' | 'parent' | null = null;
  const end = (by: 'time' | 'parent') => {
    if (ended) return;
    ended = by;
    controller.abort();
  };
  const onParent = () => end(parents.some(isTimeOut) ? 'time' : 'parent');
  const timer = setTimeout(() => end('time'), ms);
  for (const parent of parents) {
    if (!parent) continue;
    if (parent.aborted) onParent();
    // A node's close ends many calls by one signal; each call removes its listener when it is over.
    setMaxListeners(0, parent);
    parent.addEventListener('abort', onParent, { once: true });
  }
  return {
    signal: controller.signal,
    endedBy: () => ended,
    release: () => {
      clearTimeout(timer);
      for (const parent of parents) parent?.removeEventListener('abort', onParent);
    },
  };
}
