import { readDay } from '../desk/usage-filter';
import { AdapterError } from '../errors';
import { dayAfter } from '../usage/totals/days';

/** What a period can be called; `between` is told by two days. */
export const periodWords = ['all', 'today', 'yesterday', 'thisMonth', 'lastMonth', 'between'] as const;
export type PeriodWord = (typeof periodWords)[number];

/** Days such as 2026-01-31, both included; null: no bound. */
export interface Period {
  from: string | null;
  to: string | null;
}

export const unbounded: Period = { from: null, to: null };

/** The days that a word means. `given` counts for `between` alone: days, or times of which the day counts.
 *  @throws INPUT_INVALID naming the field */
export function periodOf(word: PeriodWord, given: { from?: unknown; until?: unknown }, today: string): Period {
  const firstOfMonth = `${today.slice(0, 8)}01`;
  switch (word) {
    case 'all':
      return unbounded;
    case 'today':
      return { from: today, to: today };
    case 'yesterday': {
      const day = dayAfter(today, -1);
      return { from: day, to: day };
    }
    case 'thisMonth':
      return { from: firstOfMonth, to: today };
    case 'lastMonth': {
      const last = dayAfter(firstOfMonth, -1);
      return { from: `${last.slice(0, 8)}01`, to: last };
    }
    case 'between':
      return ordered({ from: readDay(given.from, 'from'), to: readDay(given.until, 'until') });
  }
}

/** @throws INPUT_INVALID when the first day is after the second */
function ordered({ from, to }: Period): Period {
  if (from === null || to === null || from <= to) return { from, to };
  throw AdapterError.advising('INPUT_INVALID', `from: ${from} is after ${to}. Give the earlier day first.`, {
    subject: 'from',
  });
}
