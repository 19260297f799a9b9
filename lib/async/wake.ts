import type { Clock } from './clock';

/** A sleep that others can end. A wake-up that comes before the sleep is not lost. */
export class Wake {
  readonly #clock: Clock;
  #woken = false;
  #sleep: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#woken = true;
    this.#sleep?.abort();
  }

  /** Ends after `ms`, or when somebody wakes it. */
  async sleep(ms: number): Promise<void> {
    if (!this.#woken) {
      this.#sleep = new AbortController();
      await this.#clock.sleep(ms, this.#sleep.signal).catch(() => undefined); // woken
    }
    this.#woken = false;
  }
}
