import type { Clock } from '../clock';
import { AdapterError } from '../errors';

/** Waits on the clock. @throws ABORTED when the signal fires first */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new AdapterError('ABORTED', 'The wait for WAP was given up.');
  }
}
