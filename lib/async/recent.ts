import { type Clock, systemClock } from './clock';

interface Known<T> {
  answer: Promise<T>;
  /** When the answer came (ms UTC); `null` while it is being fetched. */
  at: number | null;
}

/** Keys come from outside, so stale ones are forgotten beyond this number. */
const mostKnown = 100;

/** Shares answers by key for a short while, including those still being fetched. Failures are shared as well: a peer that is
 *  down is asked no more often than one that answers. */
export class Recent<T> {
  readonly #keepMs: number;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known<T>>();

  constructor(keepMs: number, clock: Clock = systemClock) {
    this.#keepMs = keepMs;
    this.#clock = clock;
  }

  /** The shared answer for a key, or what `ask` answers now. @throws what `ask` throws, also to those who share it */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known && this.#isFresh(known)) return known.answer;
    if (this.#known.size >= mostKnown) this.#forgetOld();
    const asked: Known<T> = { answer: ask(), at: null };
    this.#known.set(key, asked);
    const came = () => {
      asked.at = this.#clock.now();
    };
    asked.answer.then(came, came);
    return asked.answer;
  }

  #forgetOld(): void {
    for (const [key, known] of this.#known) if (!this.#isFresh(known)) this.#known.delete(key);
  }

  #isFresh({ at }: Known<T>): boolean {
    if (at === null) return true;
    const age = this.#clock.now() - at;
    return age >= 0 && age < this.#keepMs; // negative after the clock was set back
  }
}
