import { AdapterError, shapeOf } from '../errors';

/** How long a window lasts. */
export const windowKinds = ['hour', 'day', 'month'] as const;
export type WindowKind = (typeof windowKinds)[number];

/** From `start` up to, not including, `end`; ms UTC. */
export interface TimeWindow {
  start: number;
  end: number;
}

const hourMs = 3_600_000;
/** Windows kept in memory of each kind: most records lie in the last few. */
const remembered = 200;

/** Hours, days and months of one time zone. Every moment is in exactly one of each: a day that the clock change makes an
 *  hour longer or shorter is still one day, and an hour always has 60 minutes. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #known: Record<'day' | 'month', TimeWindow[]> = { day: [], month: [] };
  readonly #hourShift: number;

  /** @throws INPUT_INVALID for an unknown zone */
  constructor(readonly zone: string) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...numeric });
    } catch {
      throw AdapterError.advising(
        'INPUT_INVALID',
        `timeZone is ${shapeOf(zone)} that names no time zone. Write one like Europe/Madrid or UTC.`,
        { subject: 'timeZone' },
      );
    }
    // Hours of zones such as Asia/Kolkata begin half an hour after those of UTC.
    const reference = Date.UTC(2000, 0, 1);
    const { hour, minute } = this.#local(reference);
    this.#hourShift = ((hour * 60 + minute) * 60_000) % hourMs;
  }

  /** The window that holds the moment. */
  windowOf(kind: WindowKind, at: number): TimeWindow {
    if (kind === 'hour') return this.#hourOf(at);
    const known = this.#known[kind];
    const found = known.find(({ start, end }) => start <= at && at < end);
    if (found) return found;
    const window = this.#dated(kind, at);
    known.unshift(window);
    if (known.length > remembered) known.pop();
    return window;
  }

  /** Counted from the epoch, not from the clock on the wall, so that no clock change makes an hour longer. */
  #hourOf(at: number): TimeWindow {
    const start = Math.floor((at + this.#hourShift) / hourMs) * hourMs - this.#hourShift;
    return { start, end: start + hourMs };
  }

  /** Day or month by the date that the zone shows. */
  #dated(kind: 'day' | 'month', at: number): TimeWindow {
    const { year, month, day } = this.#local(at);
    const begin = (shift: number) =>
      kind === 'day' ? this.#beginOf(year, month, day + shift) : this.#beginOf(year, month + shift, 1);
    // Where clocks go back over midnight, a moment can show another date than that of the day that holds it.
    let shift = 0;
    while (begin(shift) > at) shift -= 1;
    while (begin(shift + 1) <= at) shift += 1;
    return { start: begin(shift), end: begin(shift + 1) };
  }

  /** The first moment that shows this date, or a later one where the date does not exist. `month` from 1. */
  #beginOf(year: number, month: number, day: number): number {
    const wanted = Date.UTC(year, month - 1, day);
    const usual = wanted - this.#offsetAt(wanted - this.#offsetAt(wanted));
    if (this.#dateAt(usual) === wanted && this.#dateAt(usual - 1) < wanted) return usual;
    let [low, high] = [wanted - 16 * hourMs, wanted + 16 * hourMs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#dateAt(middle) >= wanted) high = middle;
      else low = middle;
    }
    return high;
  }

  /** The date that the zone shows, as the UTC midnight of that date. */
  #dateAt(at: number): number {
    const { year, month, day } = this.#local(at);
    return Date.UTC(year, month - 1, day);
  }

  /** How far the zone is ahead of UTC at a moment, ms. */
  #offsetAt(at: number): number {
    const { year, month, day, hour, minute } = this.#local(at);
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / 60_000) * 60_000;
  }

  /** What a clock in the zone shows; `month` from 1. */
  #local(at: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute', number> {
    const shown = { year: 0, month: 0, day: 0, hour: 0, minute: 0 };
    for (const { type, value } of this.#format.formatToParts(at))
      if (type in shown) Object.assign(shown, { [type]: Number(value) });
    return shown;
  }
}
