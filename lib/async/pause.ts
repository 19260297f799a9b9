import { AdapterError } from '../errors';
import type { Clock } from './clock';
import { isTimeOut } from './time-limit';

/** The error for a wait that was cut short: WAP_TIMEOUT when its time was up, ABORTED when somebody gave it up. */
export function gaveUp(signal: AbortSignal | undefined, what: string): AdapterError {
  return isTimeOut(signal)
    ? new AdapterError('WAP_TIMEOUT', `${what} took longer than there was time.`, { retryable: true })
    : new AdapterError('ABORTED', `${what} was given up.`);
}

/** Waits on the clock. @throws ABORTED or WAP_TIMEOUT when the signal fires first */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw gaveUp(signal, 'The wait for WAP');
  }
}
