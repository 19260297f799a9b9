import type { Clock } from '../../../lib/async/clock';

interface Sleeper {
  at: number;
  wake(): void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #time = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();
  /** The most sleeps that were under way at the same time. */
  mostSleeping = 0;

  now(): number {
    return this.#time;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (ms > 2 ** 31 - 1) return reject(new RangeError("Longer than Node's timers can wait: it would end at once."));
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: this.#time + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#sleepers.add(sleeper);
      this.mostSleeping = Math.max(this.mostSleeping, this.#sleepers.size);
      for (const watcher of this.#watchers) watcher();
      this.#watchers.clear();
    });
  }

  /** Resolves as soon as somebody sleeps. */
  async asleep(): Promise<void> {
    if (this.#sleepers.size === 0) await new Promise<void>(resolve => this.#watchers.add(resolve));
  }

  /** As when an operator sets the clock back: timers go on. */
  setBack(ms: number): void {
    this.#time -= ms;
    for (const sleeper of this.#sleepers) sleeper.at -= ms;
  }

  /** Moves on, and wakes who is due. */
  advance(ms: number): void {
    this.#time += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#time) sleeper.wake();
  }
}
