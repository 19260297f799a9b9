import { waitAfter } from '../async/back-off';
import type { Failure } from './failure';

/** Short at first, because most failures of a network pass within a second. */
const waits = { firstMs: 200, longestMs: 10_000 };

/** Whether the same call may be sent again. One that is not repeatable is sent again only when the peer certainly did nothing:
 *  the connection was never made, or it answered 429. */
export function mayRepeat(failure: Failure, repeatable: boolean): boolean {
  if (!failure.transient) return false;
  return repeatable || !failure.maybeExecuted;
}

/** Milliseconds before repeat number `repeat` (from 1): what the peer asked for, otherwise doubling from 200 ms to 10 s; with
 *  jitter (`random` in 0…1), so that many callers do not come back at once. */
export function waitBefore(repeat: number, retryAfterMs: number | undefined, random: number): number {
  if (retryAfterMs !== undefined) return Math.round(retryAfterMs + random * waits.firstMs);
  return Math.round(waitAfter(repeat, waits) * (0.5 + random * 0.5));
}
