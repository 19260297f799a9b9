import type { Random } from '../random';

/** A time as the usage service writes it: UTC without a zone, with 0 to 7 fraction digits (API pages differ). */
export function wapTime(ms: number, random: Random): string {
  const iso = new Date(ms).toISOString();
  const digits = random.between(0, 7);
  if (digits === 0) return iso.slice(0, 19);
  const fraction = `${iso.slice(20, 23)}${String(random.between(0, 9999)).padStart(4, '0')}`;
  return `${iso.slice(0, 19)}.${fraction.slice(0, digits)}`;
}

/** The milliseconds of an ISO 8601 text, read as UTC when it names no zone; null when it is none. */
export function parseIsoTime(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return null;
  const ms = Date.parse(`${match[1]}${(match[2] ?? '').slice(0, 4)}${match[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? null : ms;
}

/** A time as an approval request writes it: 7 fraction digits and `Z` (dn448726). */
export function sevenDigits(ms: number, number: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}${String(number % 10_000).padStart(4, '0')}Z`;
}
