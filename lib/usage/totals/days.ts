import { Remembered } from '../../async/remembered';
import { Calendar } from '../calendar';

/** Days of one time zone, as `2026-01-31`. */
export class Days {
  readonly #calendar: Calendar;
  readonly #format: Intl.DateTimeFormat;
  /** Records of one hour begin at few different times. */
  readonly #known = new Remembered<string>(10_000);
  #last = { time: '', day: '' };

  /** @throws INPUT_INVALID for an unknown zone */
  constructor(readonly zone: string) {
    this.#calendar = new Calendar(zone);
    const numeric = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    this.#format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...numeric });
  }

  /** The day that holds a time given as ISO 8601; one that cannot be read is in 1970. */
  of(time: string): string {
    if (time === this.#last.time) return this.#last.day;
    const day = this.#known.get(time, () => this.#find(time));
    this.#last = { time, day };
    return day;
  }

  #find(time: string): string {
    const at = Date.parse(time);
    return this.at(Number.isNaN(at) ? 0 : at);
  }

  /** The day that holds a moment, ms UTC. */
  at(ms: number): string {
    return this.#format.format(this.#calendar.windowOf('day', ms).start);
  }

  /** When a day such as 2026-01-31 begins, ms UTC; a day that the zone left out begins with the next one. */
  begin(day: string): number {
    const noon = Date.parse(`${day}T12:00:00Z`);
    const near = [-86_400_000, 0, 86_400_000].map(shift => this.#calendar.windowOf('day', noon + shift).start);
    return near.find(start => this.at(start) >= day) ?? noon;
  }
}

/** The day `days` days after another one. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
