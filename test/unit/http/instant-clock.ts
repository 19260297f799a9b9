import type { Clock } from '../../../lib/async/clock';

/** A clock whose waits pass at once; `waits` keeps how long each would have been. */
export class InstantClock implements Clock {
  readonly waits: number[] = [];
  #time: number;
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#time = start;
  }

  // A property, because simulators pass it on without its object.
  readonly now = (): number => this.#time;

  advance(ms: number): void {
    this.#time += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    this.waits.push(ms);
    this.#time += ms;
  }
}
