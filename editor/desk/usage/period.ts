import { say } from '../../red';

/** Days that are looked at, both included, such as 2026-01-31. */
export interface Period {
  from: string;
  to: string;
}

const periods = ['thisMonth', 'lastMonth', 'day'];

export const periodWords = (): Record<string, string> =>
  Object.fromEntries(periods.map(word => [word, say(`desk.usage.period.${word}`)]));

/** `day` is the one that is meant by a day. */
export function periodOf(word: string, day: string, today = new Date()): Period {
  if (word === 'day') {
    const chosen = day === '' ? dayText(today) : day;
    return { from: chosen, to: chosen };
  }
  const back = word === 'lastMonth' ? 1 : 0;
  const first = new Date(today.getFullYear(), today.getMonth() - back, 1);
  const last = back === 0 ? today : new Date(today.getFullYear(), today.getMonth(), 0);
  return { from: dayText(first), to: dayText(last) };
}

/** Every day of a period, oldest first. */
export function daysOf({ from, to }: Period): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** A day as the totals name it. */
export const dayText = (date: Date): string =>
  [date.getFullYear(), String(date.getMonth() + 1).padStart(2, '0'), String(date.getDate()).padStart(2, '0')].join('-');
