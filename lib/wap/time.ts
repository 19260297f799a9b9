import { AdapterError, shapeOf } from '../errors';

/** A time as WAP wrote it: `text` as it came (7 digits of fraction do not fit in `ms`), `ms` since 1970, UTC. */
export interface WapTime {
  ms: number;
  text: string;
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?(?:(Z)|([+-])(\d\d):(\d\d))?$/i;

function refuse(text: unknown): AdapterError {
  return new AdapterError(
    'WAP_BAD_RESPONSE',
    `A time such as 2013-08-21T20:38:21.143 was expected, got ${shapeOf(text)}.`,
  );
}

/** Reads WAP's forms of time: 0 to 7 fraction digits, `Z`, an offset, or no zone, which is UTC (usage times are UTC;
 *  for events it is assumed). Digits beyond the millisecond are cut.
 *  @throws WAP_BAD_RESPONSE for anything else, also for dates that do not exist. Source: dn448734, dn448726, dn528496. */
export function parseWapTime(text: unknown): WapTime {
  const parts = typeof text === 'string' ? pattern.exec(text) : null;
  if (typeof text !== 'string' || !parts) throw refuse(text);
  const number = (index: number) => Number(parts[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  // Date.UTC would read the years 0 to 99 as 1900 to 1999; WAP writes 0001-01-01 for "none".
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month >= 1;
  const offsetHours = number(10);
  const offsetMinutes = number(11);
  if (!exists || hour > 23 || minute > 59 || second > 59 || offsetHours > 14 || offsetMinutes > 59) throw refuse(text);
  const milliseconds = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  date.setUTCHours(hour, minute, second, milliseconds);
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[9] === '-' ? -1 : 1);
  return { ms: date.getTime() - offset, text };
}

export function isWapTime(value: unknown): value is string {
  try {
    parseWapTime(value);
    return true;
  } catch {
    return false;
  }
}
