import { setMaxListeners } from 'node:events';

/** A time limit joined with the signals that can end the same work earlier. */
export interface Limit {
  signal: AbortSignal;
  /** Why `signal` fired, `null` while it has not: the time was up, or one of the parents fired. A parent that is a
   *  time-out itself (`AbortSignal.timeout`) ends it by `time`: nobody gave the work up. */
  endedBy(): 'time' | 'parent' | null;
  /** Takes the timer and the listeners away; call it when the work is over, however it ended. */
  release(): void;
}

/** The signal fired because a time was up. */
export const isTimeOut = (signal: AbortSignal | undefined): boolean =>
  signal?.reason instanceof Error && signal.reason.name === 'TimeoutError';

/** Starts a limit of `ms`. AbortSignal.any is not used: on Node 20 it keeps an entry a call on a long-lived parent. */
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
    // One signal may end many calls at once (a node's close); each takes its listener away when it is over.
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
