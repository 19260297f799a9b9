import type { Clock } from './clock';

/** A sleep that can be ended early. A wake-up that comes before the sleep begins ends it at once instead of being lost. */
export class Wake {
  readonly #clock: Clock;
  #woken = false;
  #sleep: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the sleep under way, or the next one. */
  wake(): void {
    this.#woken = true;
    this.#sleep?.abort();
  }

  /** Resolves after `ms`, or when woken. */
  async sleep(ms: number): Promise<void> {
    if (!this.#woken) {
      this.#sleep = new AbortController();
      await this.#clock.sleep(ms, this.#sleep.signal).catch(() => undefined); // woken
    }
    this.#woken = false;
  }
}
