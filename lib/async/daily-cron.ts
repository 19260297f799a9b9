import { Cron } from 'croner';
import { AdapterError } from '../errors';

/** A time of the day in a time zone. */
export interface DailyTime {
  /** `HH:MM`. */
  at: string;
  /** IANA name, e.g. `Europe/Madrid`. */
  timeZone: string;
}

/** Tells when a time of the day comes. A time that the change to summer time leaves out comes at the next one there is.
 *  @param days the days of the week as cron has them, e.g. `1-5`
 *  @throws INPUT_INVALID for a time, named as its field, or a time zone that there is not */
export function dailyCron({ at, timeZone }: DailyTime, field = 'dailyAt', days = '*'): Cron {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at) ?? [];
  if (hour === undefined || minute === undefined) {
    throw AdapterError.advising('INPUT_INVALID', `${field}: give a time of the day such as 02:30.`, { subject: field });
  }
  try {
    const cron = new Cron(`${Number(minute)} ${Number(hour)} * * ${days}`, { timezone: timeZone, paused: true });
    cron.nextRun();
    return cron;
  } catch {
    throw AdapterError.advising(
      'INPUT_INVALID',
      'timeZone: give the name of a time zone such as Europe/Madrid or UTC.',
      {
        subject: 'timeZone',
      },
    );
  }
}
