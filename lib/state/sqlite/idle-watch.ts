import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';

/** What the watch sees of a transaction. */
interface Watched {
  /** It has not ended. */
  readonly open: boolean;
  /** When it ran its last statement, ms UTC. */
  readonly usedAt: number;
}

/** Finds a transaction that has done nothing for too long. They run one after another, so one timer serves all. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #subject: string;
  readonly #closed = new AbortController();
  /** The transaction under way, and how it is given up. */
  #watched: Watched | undefined;
  #giveUp: (error: AdapterError) => void = () => undefined;
  #isWatching = false;

  /** `subject` names the store in the error. */
  constructor(clock: Clock, limitMs: number, subject: string) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#subject = subject;
  }

  /** Rejects when the transaction has run no statement for the whole limit; never resolves. */
  watch(transaction: Watched): Promise<never> {
    this.#watched = transaction;
    if (!this.#isWatching) this.#look().catch(() => undefined); // closed
    return new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
  }

  /** Ends the timer, so that a store that was closed does not keep the process alive. */
  close(): void {
    this.#closed.abort(new AdapterError('ABORTED', 'The store was closed.'));
  }

  /** Sleeps until the transaction could be too old at the earliest, again and again, as long as one is open. */
  async #look(): Promise<void> {
    this.#isWatching = true;
    try {
      while (this.#watched?.open) {
        const left = this.#watched.usedAt + this.#limitMs - this.#clock.now();
        if (left <= 0) return this.#giveUp(this.#stuck());
        await this.#clock.sleep(Math.min(left, this.#limitMs), this.#closed.signal);
      }
    } finally {
      this.#isWatching = false;
    }
  }

  /** STATE_UNAVAILABLE. The likeliest cause is a transaction that waits for another one of the same store. */
  #stuck(): AdapterError {
    const what = `A transaction did nothing for ${this.#limitMs} ms and was rolled back; one inside it waits for ever.`;
    return new AdapterError('STATE_UNAVAILABLE', `${what} (state file ${this.#subject})`, { subject: this.#subject });
  }
}
