import { Cron } from 'croner';
import { AdapterError } from '../errors';

/** A time of the day in a time zone. */
export interface DailyTime {
  /** `HH:MM`. */
  at: string;
  /** IANA name, e.g. `Europe/Madrid`. */
  timeZone: string;
}

/** A schedule that fires daily at one time of the day. A time that daylight saving skips fires at the next one that exists.
 *  @param days days of the week as in cron, e.g. `1-5`
 *  @throws INPUT_INVALID naming `field` for a bad time, or `timeZone` for an unknown one */
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
