import { waitAfter } from '../async/back-off';
import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';

const rests = { firstMs: 60_000, longestMs: 15 * 60_000 };

/** True if WAP does not accept the credentials. Each further attempt counts against the account, and Windows locks it after a
 *  few. */
export const isRefused = (error: unknown): boolean =>
  error instanceof AdapterError && error.code === 'WAP_AUTH' && !error.cause.retryable;

/** Whether one of the failures of a poll is such a refusal. */
export const wasRefused = ({ failures }: { failures: ReadonlyArray<{ error: unknown }> }): boolean =>
  failures.some(({ error }) => isRefused(error));

/** How long polling rests after a refusal: a minute at first, doubled with each further one, up to a quarter of an hour. */
export class Refusals {
  readonly #clock: Clock;
  /** Since when polling rests, and for how long. */
  #rest: { since: number; ms: number } | null = null;
  /** Refusals in a row. */
  #refused = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The credentials were tried and refused. */
  note(): void {
    this.#refused += 1;
    this.#rest = { since: this.#clock.now(), ms: waitAfter(this.#refused, rests) };
  }

  /** They were accepted. */
  end(): void {
    this.#rest = null;
    this.#refused = 0;
  }

  /** What is left of the rest, ms; 0 when they may be tried again. */
  left(): number {
    if (!this.#rest) return 0;
    const passed = this.#clock.now() - this.#rest.since;
    // A clock that was set back must not make the rest longer.
    return passed < 0 ? 0 : Math.max(0, this.#rest.ms - passed);
  }
}
