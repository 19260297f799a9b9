import { type Clock, systemClock } from './clock';

/** Shares one answer: everyone who asks while it is fetched, or within `forMs` of it, gets the same one. */
export class Held<T> {
  readonly #forMs: (answer: T) => number;
  readonly #clock: Clock;
  #answer: Promise<T> | null = null;
  /** When the answer came and how long it stays valid; null while it is being fetched. */
  #known: { at: number; forMs: number } | null = null;

  constructor(forMs: (answer: T) => number, clock: Clock = systemClock) {
    this.#forMs = forMs;
    this.#clock = clock;
  }

  /** `ask` never rejects. */
  get(ask: () => Promise<T>): Promise<T> {
    if (this.#answer && this.#isFresh()) return this.#answer;
    this.#known = null;
    this.#answer = ask().then(answer => {
      this.#known = { at: this.#clock.now(), forMs: this.#forMs(answer) };
      return answer;
    });
    return this.#answer;
  }

  #isFresh(): boolean {
    if (this.#known === null) return true;
    const age = this.#clock.now() - this.#known.at;
    return age >= 0 && age < this.#known.forMs; // negative after the clock was set back
  }
}
