import { AdapterError } from '../errors';
import type { Clock } from './clock';
import { isTimeOut } from './time-limit';

/** Why a wait ended before its time: somebody gave it up, or the time for it was over. */
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
