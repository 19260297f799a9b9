import type Big from 'big.js';
import type { Calendar, TimeWindow, WindowKind } from '../calendar';
import { Truncated } from '../decimal';
import type { Addend } from './accumulator';
import type { Aggregate } from './rule';

/** Which window a period counts in: where it ends, where it starts, or each with its share. */
export type Placement = 'end' | 'start' | 'split';

/** A value's share in one window. */
export interface Part {
  window: TimeWindow;
  addend: Addend;
}

/** A period over more windows than this is odd: nobody means to bill centuries. */
const mostWindows = 1000;
/** The longest that a window of each kind can be, ms: a clock change makes a day 25 hours long. */
const longest: Record<WindowKind, number> = { hour: 3_600_000, day: 25 * 3_600_000, month: 31 * 25 * 3_600_000 };

/** Places one value into windows. A period that ends at midnight counts as ending the day before. When a value is split, the
 *  shares of a sum add up to it exactly, and any other aggregate has the whole value in each window. `null`: the period is too
 *  long to be split. */
export function place(
  addend: Addend,
  aggregate: Aggregate,
  how: Placement,
  calendar: Calendar,
  kind: WindowKind,
): Part[] | null {
  const start = addend.endedAt - addend.ms;
  const lastMoment = Math.max(start, addend.endedAt - 1);
  if (how !== 'split') return [{ window: calendar.windowOf(kind, how === 'end' ? lastMoment : start), addend }];
  if (addend.ms > mostWindows * longest[kind]) return null;
  const windows: TimeWindow[] = [];
  for (let at = start; at <= lastMoment; at = windows.at(-1)?.end ?? Number.POSITIVE_INFINITY)
    windows.push(calendar.windowOf(kind, at));
  const overlap = ({ start: from, end }: TimeWindow) => Math.min(end, addend.endedAt) - Math.max(from, start);
  const shares = aggregate === 'sum' ? sharesOf(addend, windows.map(overlap)) : windows.map(() => addend.value);
  return windows.map((window, index) => ({
    window,
    addend: { ...addend, ms: overlap(window), value: shares[index] ?? addend.value },
  }));
}

/** All but the last are rounded down; the last takes the rest. */
function sharesOf({ value, ms }: Addend, overlaps: number[]): Big[] {
  let left = value;
  return overlaps.map((overlap, index) => {
    if (index === overlaps.length - 1) return left;
    const share = new Truncated(value).times(overlap).div(ms);
    left = left.minus(share);
    return share;
  });
}
