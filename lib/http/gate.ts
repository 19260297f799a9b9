import type { InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../async/clock';
import type { Failure } from './failure';
import { AttemptError } from './failure';

/** The longest pause that a peer can ask for; it may have asked for too much, and can ask again. */
const longestPauseMs = 3_600_000;
/** Spreads the calls that waited, so that they do not all arrive at once. */
const spreadMs = 200;

/** When a peer asks one call to wait (Retry-After), all calls to it wait. */
export class Gate {
  readonly #clock: Clock;
  /** The pause under way, and the failure that asked for it. */
  #pause: { toldAt: number; ms: number; failure: Failure } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of a failed attempt. */
  hear(failure: Failure): void {
    const ms = Math.min(failure.retryAfterMs ?? 0, longestPauseMs);
    if (ms > this.#leftMs()) this.#pause = { toldAt: this.#clock.now(), ms, failure };
  }

  /** Waits until calls may be sent.
   *  @throws AttemptError at once if that is not before `deadline` (ms UTC); nothing was sent */
  async pass(config: InternalAxiosRequestConfig, deadline: number, signal: AbortSignal): Promise<void> {
    for (let left = this.#leftMs(); left > 0; left = this.#leftMs()) {
      if (this.#pause && this.#clock.now() + left >= deadline) throw new AttemptError(this.#refusal(left), config);
      await this.#clock.sleep(left + Math.round(Math.random() * spreadMs), signal);
    }
  }

  /** What is left of the pause, ms; 0 when calls may be sent. */
  #leftMs(): number {
    if (!this.#pause) return 0;
    const { toldAt, ms } = this.#pause;
    const passed = this.#clock.now() - toldAt;
    // A clock that is set back must not lengthen the pause.
    const left = passed < 0 ? 0 : ms - passed;
    if (left <= 0) this.#pause = null;
    return Math.max(0, left);
  }

  /** The failure of a call that was not sent, in the words of the one that was. */
  #refusal(retryAfterMs: number): Failure {
    const { kind = 'RATE', httpStatus } = this.#pause?.failure ?? {};
    return {
      ...{ kind, retryAfterMs, transient: true, maybeExecuted: false },
      text: `asked to be left alone for another ${Math.ceil(retryAfterMs / 1000)} s (it answered ${httpStatus} before)`,
      ...(httpStatus === undefined ? {} : { httpStatus }),
    };
  }
}
