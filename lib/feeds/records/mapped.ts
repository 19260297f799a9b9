import type { Tx } from '../../state/port';
import { releaseMappedExceptions } from '../../state/tables/usage-exception';
import type { UsageStream } from '../../state/tables/usage-stream';

/** How often mappings are looked at for records that wait for one. */
export const mappingsMs = 5_000;
/** A mapping may have been written a little before the look that missed it. */
const overlapMs = 60_000;

/** Lets records go whose subscription has got its mapping. */
export class MappedRecords {
  /** When mappings were looked at last, ms UTC. */
  #lookedAt = 0;

  /** Whether the last look was long enough ago. */
  isDue(now: number): boolean {
    return now - this.#lookedAt >= mappingsMs;
  }

  /** Lets them go in the caller's transaction; `looked` follows once that has committed. */
  async release(tx: Tx, { id, installation }: UsageStream, now: number): Promise<void> {
    const changedSince = this.#lookedAt - mappingsMs - overlapMs;
    await releaseMappedExceptions(tx, id, { installation, changedSince, now });
  }

  /** After the transaction of `release`: one that fails has released nothing. */
  looked(now: number): void {
    this.#lookedAt = now;
  }
}
