import type { Clock } from '../clock';

/** A sleep that others can end. A wake-up that comes before the sleep is not lost. */
export class Wake {
  #woken = false;
  #sleep: AbortController | undefined;

  constructor(private readonly clock: Clock) {}

  wake(): void {
    this.#woken = true;
    this.#sleep?.abort();
  }

  /** Ends after `ms` (null: never by itself), or when somebody wakes it. */
  async sleep(ms: number | null): Promise<void> {
    if (!this.#woken) {
      this.#sleep = new AbortController();
      const { signal } = this.#sleep;
      const woken = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
      await (ms === null ? woken : this.clock.sleep(ms, signal).catch(() => undefined)); // woken
    }
    this.#woken = false;
  }
}
