import type { Cron } from 'croner';
import type { Clock } from '../../async/clock';
import { type DailyTime, dailyCron } from '../../async/daily-cron';
import { SetBack } from '../../async/set-back';
import { Refusals } from '../refusals';

/** An interval in ms, a time of day, or (null) never by itself. */
export type Schedule = number | DailyTime | null;

/** When it is time for the next poll: at an interval counted from the first, so that nothing drifts, or daily. Turns
 *  that pass while a poll is still under way are left out; when the clock is set back, they are counted anew. */
export class Turns {
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  #next: number;
  readonly #setBack = new SetBack();
  readonly #daily: Cron | null;

  /** The first turn of an interval is at once; a daily time is waited for.
   *  @throws INPUT_INVALID for a time or time zone that there is not. */
  constructor(clock: Clock, schedule: Schedule) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#daily = typeof schedule === 'object' && schedule ? dailyCron(schedule) : null;
    this.#next = typeof schedule === 'number' ? clock.now() : this.#nextDaily();
  }

  /** How long to wait for the next turn, ms: infinite when there is none, and never longer than the interval, so that a clock
   *  that is set back delays no poll. */
  until(now: number): number {
    const wait = Math.max(0, this.#next - now);
    return typeof this.#schedule === 'number' ? Math.min(wait, this.#schedule) : wait;
  }

  /** True once for each turn. */
  take(): boolean {
    const now = this.#clock.now();
    if (this.#setBack.notices(now)) this.#next = typeof this.#schedule === 'number' ? now : this.#nextDaily();
    const late = now - this.#next;
    if (late < 0) return false;
    if (typeof this.#schedule === 'number') this.#next += (Math.floor(late / this.#schedule) + 1) * this.#schedule;
    else this.#next = this.#nextDaily();
    return true;
  }

  /** A time that the change to summer time leaves out is made up for at the next one there is. */
  #nextDaily(): number {
    return this.#daily?.nextRun(new Date(this.#clock.now()))?.getTime() ?? Number.POSITIVE_INFINITY;
  }
}

/** When WAP may be asked: at the turns of the schedule, but not while polling rests because WAP refused the credentials. */
export class PollTimes {
  readonly #turns: Turns;
  readonly #refusals: Refusals;

  /** @throws INPUT_INVALID for a time or time zone that there is not. */
  constructor(clock: Clock, schedule: Schedule) {
    this.#turns = new Turns(clock, schedule);
    this.#refusals = new Refusals(clock);
  }

  /** Refused credentials are not tried again yet. */
  get isResting(): boolean {
    return this.#refusals.left() > 0;
  }

  /** True once for each turn. One that comes during a rest is taken when that is over. */
  isDue(): boolean {
    return !this.isResting && this.#turns.take();
  }

  /** How long to wait, ms; infinite when it does not poll by itself. */
  until(now: number): number {
    return Math.max(this.#turns.until(now), this.#refusals.left());
  }

  /** WAP refused the credentials: polling rests. */
  refused(): void {
    this.#refusals.note();
  }

  /** WAP took them. */
  accepted(): void {
    this.#refusals.end();
  }
}
