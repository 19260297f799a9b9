import type { Clock } from '../../async/clock';
import { longestSleepMs, SetBack } from '../../async/set-back';
import { SharedAbort } from '../../async/shared-abort';
import { type CheckKind, type OfferSource, Rounds } from './rounds';
import type { Check, Wait, WaitEnd, WaitRequest, WaitResult } from './wait';
import { aborted, checkRequest, endOf, isRetryable, unknownAtDeadline } from './wait';

/** All waits of one billing connection. However many there are, they cost one timer and, where the provider can list, one
 *  list a round (a round for a single key reads that key). Waits with the same interval share their rounds, and a list
 *  answers everybody, due or not. */
export class PropagationWatch {
  readonly #clock: Clock;
  readonly #rounds: Rounds;
  readonly #waits = new Set<Wait>();
  readonly #signals = new SharedAbort<Wait>(wait => this.#end(wait, { error: aborted(wait.key) }));
  /** Interval → when the waits with it are checked next. */
  readonly #nextRounds = new Map<number, number>();
  readonly #setBack = new SetBack();
  #isRunning = false;
  #isClosed = false;
  /** Ends the sleep under way. */
  #sleeping: AbortController | null = null;
  /** Ends the calls of the round under way. */
  #calls: AbortController | null = null;
  /** Billing asked to be left alone until then (Retry-After). */
  #pause: { until: number; error: unknown } | null = null;

  constructor(source: OfferSource, clock: Clock) {
    this.#clock = clock;
    this.#rounds = new Rounds(source, {
      checked: (wait, check, kind) => this.#checked(wait, check, kind),
      paused: (forMs, error) => {
        this.#pause = { until: clock.now() + forMs, error };
      },
    });
  }

  /** Resolves when the offer is there (`ready`) or billing says at the deadline that it is not (`not in time`), twice and
   *  while it also answers its check: what follows may delete a plan. The first check is made at once, the last one at the
   *  deadline. Temporary failures of billing are tried again until then.
   *  @throws the last BILLING_… error when billing cannot be asked at the deadline; a permanent one (credentials,
   *  template) at once; BILLING_OFFER_DIFFERS when the offer is retired; ABORTED; INPUT_INVALID */
  async wait(request: WaitRequest): Promise<WaitResult> {
    checkRequest(request);
    const { key, signal } = request;
    if (this.#isClosed || signal?.aborted) throw aborted(key);
    const startedAt = this.#clock.now();
    return new Promise((resolve, reject) => {
      const wait: Wait = { ...request, startedAt, dueAt: startedAt, checks: 0, resolve, reject };
      this.#waits.add(wait);
      this.#signals.add(signal, wait);
      this.#sleeping?.abort();
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Ends every wait with ABORTED; later ones are ABORTED too. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waits) this.#end(wait, { error: aborted(wait.key) });
  }

  /** Never rejects. Ends when nobody waits. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await Promise.resolve(); // waits that begin in the same turn share the first round
      while (this.#waits.size > 0) {
        const now = this.#clock.now();
        if (this.#setBack.notices(now)) this.#bringForward(now);
        const due = this.#takeDue(now);
        if (due.length > 0) await this.#round(due);
        else if (this.#waits.size > 0) await this.#sleep();
      }
    } catch (error) {
      // Only a defect comes here; nobody may be left waiting for ever.
      for (const wait of this.#waits) this.#end(wait, { error });
    } finally {
      this.#isRunning = false;
      this.#nextRounds.clear();
      this.#pause = null;
    }
  }

  /** After the clock was set back, checks that were to come at a time come now. Deadlines stay: they are times of the clock. */
  #bringForward(now: number): void {
    this.#nextRounds.clear();
    this.#pause = null;
    for (const wait of this.#waits) wait.dueAt = now;
  }

  /** The waits to check now. While billing asks for a pause none is checked, and one whose time is up is told why. */
  #takeDue(now: number): Wait[] {
    const due = [...this.#waits].filter(wait => Math.min(wait.dueAt, wait.deadlineAt) <= now);
    if (this.#pause === null || now >= this.#pause.until) return due;
    for (const wait of due)
      if (wait.deadlineAt <= now && isRetryable(this.#pause.error))
        this.#end(wait, { error: unknownAtDeadline(wait.key, this.#pause.error) });
    return [];
  }

  async #round(due: Wait[]): Promise<void> {
    const calls = new AbortController();
    this.#calls = calls;
    try {
      await this.#rounds.run(due, [...this.#waits], calls.signal);
    } finally {
      this.#calls = null;
    }
  }

  /** True when billing said for the first time that an offer is not there in time: that is asked once more. */
  #checked(wait: Wait, check: Check, { wasDue, isAgain }: CheckKind): boolean {
    if (!this.#waits.has(wait)) return false; // given up meanwhile
    const now = this.#clock.now();
    if (!isAgain) wait.checks += 1;
    const end = endOf(wait, check, now);
    if (end && 'result' in end && end.result.outcome === 'not in time' && !isAgain) return true;
    if (end) this.#end(wait, end);
    else if (wasDue) wait.dueAt = this.#nextRound(wait.intervalMs, now);
    return false;
  }

  #nextRound(intervalMs: number, now: number): number {
    const known = this.#nextRounds.get(intervalMs);
    if (known !== undefined && known > now) return known;
    const next = now + intervalMs;
    this.#nextRounds.set(intervalMs, next);
    return next;
  }

  async #sleep(): Promise<void> {
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    const pausedUntil = this.#pause?.until ?? 0;
    let next = Number.POSITIVE_INFINITY;
    for (const wait of this.#waits) next = Math.min(next, Math.max(wait.dueAt, pausedUntil), wait.deadlineAt);
    try {
      await this.#clock.sleep(Math.min(Math.max(0, next - this.#clock.now()), longestSleepMs), sleeping.signal);
    } catch (error) {
      if (!sleeping.signal.aborted) throw error;
    } finally {
      this.#sleeping = null;
    }
  }

  #end(wait: Wait, end: WaitEnd): void {
    this.#waits.delete(wait);
    this.#signals.remove(wait.signal, wait);
    if ('result' in end) wait.resolve(end.result);
    else wait.reject(end.error);
    if (this.#waits.size > 0) return;
    this.#sleeping?.abort();
    this.#calls?.abort();
  }
}
