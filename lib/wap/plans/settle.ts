import type { Clock } from '../../async/clock';
import { systemClock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError } from '../../errors';
import type { CallOptions } from '../client/admin';

/** How long a change is waited for; tests give their own clock. */
export interface SettleOptions extends CallOptions {
  /** How long WAP may take to show a change (it applies some in the background); default 30 s. */
  settleMs?: number;
  clock?: Clock;
}

/** Between two looks, ms. */
const pollMs = 500;
const defaultSettleMs = 30_000;

/** Reads until WAP shows the whole change: its answer is a promise, not yet the effect.
 *  @throws what `late` makes of what is still missing when the time is up */
export async function untilShown<T>(
  read: () => Promise<T>,
  missing: (found: T) => string[],
  late: (missing: string[], found: T) => AdapterError,
  { settleMs = defaultSettleMs, clock = systemClock, signal }: SettleOptions = {},
): Promise<T> {
  const deadline = clock.now() + settleMs;
  for (;;) {
    const found = await read();
    const left = missing(found);
    if (left.length === 0) return found;
    if (clock.now() >= deadline) throw late(left, found);
    await pause(clock, pollMs, signal);
  }
}

/** The error for a change that WAP confirmed but does not show. */
export function notShown(subject: string, change: string): AdapterError {
  return AdapterError.advising(
    'WAP_BAD_RESPONSE',
    `WAP took the change of ${subject}, but does not show it: ${change}. Look at it in the portal, then send it again.`,
    { subject, retryable: true },
  );
}
