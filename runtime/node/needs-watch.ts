import { systemClock } from '../../lib/async/clock';
import { longestSleepMs } from '../../lib/async/set-back';
import { Wake } from '../../lib/async/wake';
import { type NeedsOf, needsOf } from '../../lib/feeds/needs';
import type { Store } from '../../lib/state/port';
import type { ShowStatus } from './status';

/** However much is settled, the store is asked at most this often. */
const pauseMs = 500;
const relaxed = { relaxed: true };

interface Watched {
  store: Store;
  settled: EventTarget;
  signal: AbortSignal;
  status: ShowStatus;
  of: NeedsOf;
}

/** Keeps in the status of a node what needs a person, while it stands idle too. */
export class NeedsWatch {
  readonly #wake = new Wake(systemClock);

  readonly #watched: Watched;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** Shows what the store says now. */
  async look(): Promise<void> {
    const { store, status, of } = this.#watched;
    status('needs', { ...(await store.transaction(tx => needsOf(tx, of), relaxed)) });
  }

  /** Looks whenever something was settled, until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { settled, signal } = this.#watched;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      await this.look().catch(() => undefined); // whoever needs the store says so
      await systemClock.sleep(pauseMs, signal).catch(() => undefined); // closing
      await this.#wake.sleep(longestSleepMs);
    }
    settled.removeEventListener('settled', wake);
  }
}
