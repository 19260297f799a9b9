import type { Clock } from '../async/clock';
import { dailyCron } from '../async/daily-cron';
import { longestSleepMs } from '../async/set-back';
import { AdapterError, shapeOf } from '../errors';

/** When people are at work. */
export interface OfficeHours {
  days: 'weekdays' | 'mondayToSaturday' | 'everyDay';
  /** `HH:MM` */
  from: string;
  /** `HH:MM`, later on the same day. */
  to: string;
  /** IANA name. */
  timeZone: string;
}

/** As cron writes the days of a week. */
const cronDays = { weekdays: '1-5', mondayToSaturday: '1-6', everyDay: '*' } as const;

/** The first time from `since` on that lies in office hours; ms UTC, as all times here.
 *  @throws INPUT_INVALID naming the time or the time zone */
export function inOfficeHours({ days, from, to, timeZone }: OfficeHours, since: number): number {
  const begin = dailyCron({ at: from, timeZone }, 'from', cronDays[days]);
  const end = dailyCron({ at: to, timeZone }, 'to', cronDays[days]);
  if (minuteOf(from) >= minuteOf(to)) {
    throw AdapterError.advising('INPUT_INVALID', 'to: give a later time of the same day than "from".', {
      subject: 'to',
    });
  }
  const nextAfter = (cron: typeof begin, at: number) =>
    cron.nextRun(new Date(at))?.getTime() ?? Number.POSITIVE_INFINITY;
  const beginsAt = nextAfter(begin, since - 1);
  return nextAfter(end, since) < beginsAt ? since : beginsAt; // it ends before it begins again: it is under way
}

/** Minutes since midnight of `HH:MM`. */
function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** A time that somebody gave: ISO 8601 with its zone, or ms UTC. @throws INPUT_INVALID naming the field */
export function readInstant(value: unknown, field: string): number {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? textInstant(value.trim()) : Number.NaN;
  if (Number.isFinite(at) && Math.abs(at) <= 8.64e15) return Math.round(at);
  throw AdapterError.advising(
    'INPUT_INVALID',
    `${field}: expected a time such as 2026-11-30T08:00:00Z or 2026-11-30T08:00:00+01:00, or milliseconds since 1970, but got ${shapeOf(value)}.`,
    { subject: field },
  );
}

/** Without a zone the text would mean another instant on every machine. */
function textInstant(text: string): number {
  if (/^\d{10,}$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
}

/** Resolves once the clock shows `at`, however it is set meanwhile. */
export async function sleepUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  for (let left = at - clock.now(); left > 0; left = at - clock.now()) {
    await clock.sleep(Math.min(left, longestSleepMs), signal);
  }
}
