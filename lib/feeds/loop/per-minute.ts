import type { Clock } from '../../async/clock';

const minuteMs = 60_000;
const kept = 60;

/** How much came in each of the last 60 minutes, as this process saw it. */
export class PerMinute {
  readonly #clock: Clock;
  /** By minute since 1970. */
  readonly #counts = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts what came now, and forgets what is older than an hour or, after the clock was set back, in the future. */
  add(count: number): void {
    if (count === 0) return;
    const now = this.#now;
    this.#counts.set(now, (this.#counts.get(now) ?? 0) + count);
    for (const minute of this.#counts.keys()) if (minute <= now - kept || minute > now) this.#counts.delete(minute);
  }

  /** The oldest first; the last one is the minute that is not over yet. */
  get list(): number[] {
    const first = this.#now - kept + 1;
    return Array.from({ length: kept }, (_none, index) => this.#counts.get(first + index) ?? 0);
  }

  get #now(): number {
    return Math.floor(this.#clock.now() / minuteMs);
  }
}
