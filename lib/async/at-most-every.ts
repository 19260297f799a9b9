import type { Clock } from './clock';

/** Calls through at most once in a while, with how often it was asked to since the last time. */
export function seldom(clock: Clock, everyMs: number, tell: (times: number) => void): () => void {
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
