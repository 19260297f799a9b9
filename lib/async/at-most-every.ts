import type { Clock } from './clock';

/** Limits how often something is said: passes a call on at most once in `everyMs`, with the number of calls since the last one. */
export function atMostEvery(clock: Clock, everyMs: number, tell: (times: number) => void): () => void {
  let times = 0;
  let nextAt = 0;
  return () => {
    times += 1;
    if (clock.now() < nextAt) return;
    nextAt = clock.now() + everyMs;
    tell(times);
    times = 0;
  };
}
