import { AdapterError, shapeOf } from '../../errors';

/** A time as WAP wrote it: `text` as it came (7 digits of fraction do not fit in `ms`), `ms` since 1970, UTC. */
export interface WapTime {
  ms: number;
  text: string;
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?(?:(Z)|([+-])(\d\d):(\d\d))?$/i;

/** How .NET wrote times in JSON: ms since 1970 UTC. An offset after them only says how the server would show the time. */
const dotNet = /^\\?\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?\/$/;

/** WAP_BAD_RESPONSE naming the shape. */
function refuse(text: unknown): AdapterError {
  return new AdapterError(
    'WAP_BAD_RESPONSE',
    `A time such as 2013-08-21T20:38:21.143 was expected, got ${shapeOf(text)}.`,
  );
}

/** Reads WAP's time formats: 0 to 7 fraction digits; `Z`, an offset, or no zone, which means UTC (documented for usage, assumed
 *  for events); or `/Date(1384389955000+0000)/`. Digits beyond milliseconds are dropped.
 *  @throws WAP_BAD_RESPONSE for anything else, including dates that do not exist
 *  Source: dn448734, dn448726, dn528496. */
export function parseWapTime(text: unknown): WapTime {
  const sinceEpoch = typeof text === 'string' ? dotNet.exec(text)?.[1] : undefined;
  if (typeof text === 'string' && sinceEpoch !== undefined) return { ms: Number(sinceEpoch), text };
  const parts = typeof text === 'string' ? pattern.exec(text) : null;
  if (typeof text !== 'string' || !parts) throw refuse(text);
  const number = (index: number) => Number(parts[index] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const [offsetHours, offsetMinutes] = [number(10), number(11)];
  if (day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59) throw refuse(text);
  if (offsetHours > 14 || offsetMinutes > 59) throw refuse(text);
  const milliseconds = parts[7] === undefined ? 0 : Number(parts[7].padEnd(3, '0').slice(0, 3));
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[9] === '-' ? -1 : 1);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999, and WAP writes 0001-01-01 for "none"; so 400 years, which always have the
  // same length, are added and taken off again.
  const ms = Date.UTC(year + 400, month - 1, day, hour, minute, second, milliseconds) - msOf400Years;
  return { ms: ms - offset, text };
}

const msOf400Years = 146_097 * 86_400_000;

/** 0 for a month that does not exist. */
function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Whether `parseWapTime` can read it. */
export function isWapTime(value: unknown): value is string {
  try {
    parseWapTime(value);
    return true;
  } catch {
    return false;
  }
}
