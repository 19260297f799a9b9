import type { Clock } from '../../async/clock';
import { systemClock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError } from '../../errors';
import type { CallOptions } from '../client/admin';

export interface SettleOptions extends CallOptions {
  /** How long WAP may take to show what was set (it works on some things in the background); default 30 s. */
  settleMs?: number;
  clock?: Clock;
}

const pollMs = 500;
const defaultSettleMs = 30_000;

/** Reads until nothing is missing in what WAP shows: its answer to a change is a promise, not yet the effect.
 *  @throws what `late` makes of what is still missing when the time is over */
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

/** WAP said that a change was made, and does not show it. */
export function notShown(subject: string, change: string): AdapterError {
  return AdapterError.advising(
    'WAP_BAD_RESPONSE',
    `WAP took the change of ${subject}, but does not show it: ${change}. Look at it in the portal, then send it again.`,
    { subject, retryable: true },
  );
}
