import type { Clock } from './clock';
import { yieldToLoop } from './event-loop';

/** So many pass, and have done what follows from it, before others have their turn of the event loop and the next pass. */
const together = 25;

/** Deadlines of one length pass in the order in which they began, so one timer serves all of them. */
export class Deadlines<T> {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  readonly #passed: (item: T) => void | Promise<void>;
  readonly #signal: AbortSignal | undefined;
  /** The oldest first, each with its time, ms UTC. */
  readonly #running = new Map<T, number>();
  #isWatched = false;

  /** `passed` is called for each that has not ended in time, and resolves when it is over with it. `signal` stops everything. */
  constructor(clock: Clock, lengthMs: number, passed: (item: T) => void | Promise<void>, signal?: AbortSignal) {
    this.#clock = clock;
    this.#lengthMs = lengthMs;
    this.#passed = passed;
    this.#signal = signal;
  }

  begin(item: T): void {
    this.#running.set(item, this.#clock.now() + this.#lengthMs);
    if (!this.#isWatched) this.#watch().catch(() => undefined); // the signal
  }

  end(item: T): void {
    this.#running.delete(item);
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    try {
      for (;;) {
        const [oldest] = this.#running;
        if (!oldest) return;
        const [item, at] = oldest;
        const left = at - this.#clock.now();
        // Never longer than a whole deadline, should somebody set the clock back.
        await this.#clock.sleep(Math.min(this.#lengthMs, Math.max(0, left)), this.#signal);
        if (this.#running.get(item) === at) await this.#passAll(Math.max(at, this.#clock.now()));
      }
    } finally {
      this.#isWatched = false;
    }
  }

  /** One timer for all that are due: a turn of timers for each would let the last of many come late. */
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
