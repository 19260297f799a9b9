import type { Cron } from 'croner';
import type { Clock } from '../../async/clock';
import { type DailyTime, dailyCron } from '../../async/daily-cron';
import { SetBack } from '../../async/set-back';

/** Every so many ms, daily at a time, or (null) never by itself. */
export type Schedule = number | DailyTime | null;

/** When it is time for the next poll: every so many ms counted from the first, so that nothing drifts, or daily. Turns
 *  that pass while a poll is still under way are left out; when the clock is set back, they are counted anew. */
export class Turns {
  #next: number;
  readonly #setBack = new SetBack();
  readonly #daily: Cron | null;

  /** The first turn of an interval is at once; a daily time is waited for.
   *  @throws INPUT_INVALID for a time or time zone that there is not. */
  constructor(
    private readonly clock: Clock,
    private readonly schedule: Schedule,
  ) {
    this.#daily = typeof schedule === 'object' && schedule ? dailyCron(schedule) : null;
    this.#next = typeof schedule === 'number' ? clock.now() : this.#nextDaily();
  }

  /** How long to wait for the next, ms; never longer than from one turn of an interval to the next, infinite when there is
   *  none. */
  until(now: number): number {
    const wait = Math.max(0, this.#next - now);
    return typeof this.schedule === 'number' ? Math.min(wait, this.schedule) : wait;
  }

  /** True once for each turn. */
  take(): boolean {
    const now = this.clock.now();
    if (this.#setBack.notices(now)) this.#next = typeof this.schedule === 'number' ? now : this.#nextDaily();
    const late = now - this.#next;
    if (late < 0) return false;
    if (typeof this.schedule === 'number') this.#next += (Math.floor(late / this.schedule) + 1) * this.schedule;
    else this.#next = this.#nextDaily();
    return true;
  }

  /** A time that the change to summer time leaves out is made up for at the next one there is. */
  #nextDaily(): number {
    return this.#daily?.nextRun(new Date(this.clock.now()))?.getTime() ?? Number.POSITIVE_INFINITY;
  }
}
