import type { Clock } from '../clock';

/** When it is time for the next poll: every so many ms counted from the first, so that nothing drifts. Turns that pass
 *  while a poll is still under way are left out. */
export class Turns {
  #next: number;

  /** `everyMs` null: never by itself. The first turn is at once. */
  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number | null,
  ) {
    this.#next = everyMs === null ? Number.POSITIVE_INFINITY : clock.now();
  }

  /** ms UTC; infinite when there is none. */
  get next(): number {
    return this.#next;
  }

  /** True once for each turn. */
  take(): boolean {
    const late = this.clock.now() - this.#next;
    if (this.everyMs === null || late < 0) return false;
    this.#next += (Math.floor(late / this.everyMs) + 1) * this.everyMs;
    return true;
  }
}
