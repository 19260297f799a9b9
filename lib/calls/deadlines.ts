import type { Clock } from '../clock';

/** Deadlines of one length pass in the order in which they began, so one timer serves all of them. */
export class Deadlines<T> {
  /** The oldest first, each with its time, ms UTC. */
  private readonly running = new Map<T, number>();
  private isWatched = false;

  /** `passed` is called for each that has not ended in time. `signal` stops everything. */
  constructor(
    private readonly clock: Clock,
    private readonly lengthMs: number,
    private readonly passed: (item: T) => void,
    private readonly signal?: AbortSignal,
  ) {}

  begin(item: T): void {
    this.running.set(item, this.clock.now() + this.lengthMs);
    if (!this.isWatched) this.watch().catch(() => undefined); // the signal
  }

  end(item: T): void {
    this.running.delete(item);
  }

  private async watch(): Promise<void> {
    this.isWatched = true;
    try {
      for (;;) {
        const [oldest] = this.running;
        if (!oldest) return;
        const [item, at] = oldest;
        const left = at - this.clock.now();
        // Never longer than a whole deadline, should somebody set the clock back.
        await this.clock.sleep(Math.min(this.lengthMs, Math.max(0, left)), this.signal);
        if (this.running.get(item) === at && this.running.delete(item)) this.passed(item);
      }
    } finally {
      this.isWatched = false;
    }
  }
}
