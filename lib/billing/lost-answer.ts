import { waitAfter } from '../async/back-off';
import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';

/** How long a change is made again after a lost answer. */
export interface RepeatLimits {
  retries: number;
  totalTimeoutMs: number;
  clock: Clock;
}

/** A change whose answer may be lost. */
export interface Change<T> extends RepeatLimits {
  /** Makes the change once. */
  act(): Promise<T>;
  /** The effect of the change, when it is there; else `null`. */
  lookUp(): Promise<T | null>;
  /** Whether the change is made again when its effect is not there, up to `retries` times within `totalTimeoutMs`. */
  repeats: boolean;
  signal: AbortSignal | undefined;
}

/** Failures after which the effect may be there all the same. */
const lost: ReadonlySet<string> = new Set([
  'BILLING_NETWORK',
  'BILLING_TIMEOUT',
  'BILLING_SERVER',
  'BILLING_BAD_RESPONSE',
]);
/** Refusals that may only mean that it was done before. */
const refused: ReadonlySet<string> = new Set(['BILLING_CONFLICT', 'BILLING_INPUT']);

/** The total timeout ends it sooner. */
const betweenRepeats = { firstMs: 250, longestMs: Number.POSITIVE_INFINITY };

/** Makes a change that must not be made twice: when a failure leaves open what happened, looks first, and only then makes it
 *  again. Ends with the change's own error when neither helps. */
export async function repeatAfterLookup<T>(change: Change<T>): Promise<T> {
  const { act, lookUp, repeats, retries, totalTimeoutMs, clock, signal } = change;
  const deadline = clock.now() + totalTimeoutMs;
  for (let repeat = 0; ; repeat++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AdapterError) || !(lost.has(error.code) || refused.has(error.code))) throw error;
      const found = await orElse(error, lookUp);
      if (found !== null) return found;
      const waitMs = waitAfter(repeat + 1, betweenRepeats);
      const again = repeats && lost.has(error.code) && error.cause.retryable && repeat < retries;
      if (!again || clock.now() + waitMs > deadline) throw error;
      await clock.sleep(waitMs, signal).catch(() => {
        throw new AdapterError('ABORTED', 'The call was given up while it waited to be made again.', error.cause);
      });
    }
  }
}

/** A look-up that fails for its own reason must not hide why the change failed, unless it says more. */
async function orElse<T>(original: unknown, lookUp: () => Promise<T | null>): Promise<T | null> {
  try {
    return await lookUp();
  } catch (error) {
    const says = error instanceof AdapterError && (error.code === 'BILLING_OFFER_DIFFERS' || error.code === 'ABORTED');
    throw says ? error : original;
  }
}
