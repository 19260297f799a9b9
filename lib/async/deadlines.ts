import type { Clock } from './clock';
import { yieldToLoop } from './event-loop';

/** After this many have passed, the event loop gets a turn: thousands of calls may run out of time at the same moment. */
const together = 25;

/** Deadlines of equal length, on one timer: they pass in the order in which they began. */
export class Deadlines<T> {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  readonly #passed: (item: T) => void | Promise<void>;
  readonly #signal: AbortSignal | undefined;
  /** When each passes (ms UTC), the oldest first. */
  readonly #running = new Map<T, number>();
  #isWatched = false;

  /** `passed` is called for each item that was not ended in time; the next ones wait until it resolves. `signal` stops the
   *  watch. */
  constructor(clock: Clock, lengthMs: number, passed: (item: T) => void | Promise<void>, signal?: AbortSignal) {
    this.#clock = clock;
    this.#lengthMs = lengthMs;
    this.#passed = passed;
    this.#signal = signal;
  }

  /** Starts the deadline of an item; one that runs already begins anew. */
  begin(item: T): void {
    this.#running.delete(item); // else it would keep its place, before those that pass sooner
    this.#running.set(item, this.#clock.now() + this.#lengthMs);
    if (!this.#isWatched) this.#watch().catch(() => undefined); // the signal
  }

  /** The item is done in time; again, or after its deadline, this does nothing. */
  end(item: T): void {
    this.#running.delete(item);
  }

  /** Sleeps until the oldest is due, as long as there is any. */
  async #watch(): Promise<void> {
    this.#isWatched = true;
    try {
      for (;;) {
        const [oldest] = this.#running;
        if (!oldest) return;
        const [item, at] = oldest;
        const left = at - this.#clock.now();
        // At most one whole deadline: after the clock was set back, `left` would be as long as the jump.
        if (left > 0) await this.#clock.sleep(Math.min(this.#lengthMs, left), this.#signal);
        if (this.#running.get(item) === at) await this.#passAll(Math.max(at, this.#clock.now()));
      }
    } finally {
      this.#isWatched = false;
    }
  }

  /** All that are due pass on one timer: with a timer each, the last of many would pass late. */
  async #passAll(until: number): Promise<void> {
    let passing: Array<void | Promise<void>> = [];
    for (const [item, at] of this.#running) {
      if (at > until || this.#signal?.aborted) return;
      this.#running.delete(item);
      passing.push(this.#passed(item));
      if (passing.length < together) continue;
      await Promise.allSettled(passing);
      await yieldToLoop();
      passing = [];
    }
  }
}
