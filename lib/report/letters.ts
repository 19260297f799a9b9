import { letterColumns, letterLines } from '../desk/dead-letters';
import type { LetterFilter } from '../desk/letter-filter';
import type { Store } from '../state/port';
import { countedBy, type Metric } from './prometheus';
import { gathered, type Report } from './report';

/** What billing refused for good and what waits, newest first: a row for each that was measured. */
export function lettersReport(store: Store, filter: LetterFilter, limit: number): Promise<Report> {
  return gathered(letterColumns, letterLines(store, filter), limit);
}

/** Counted from the rows, so they end where the report does. */
export const lettersMetrics = ({ rows }: Report): Metric[] => [
  {
    ...{ name: 'dead_letters_listed', help: 'Dead letters that the report lists, one for each that was measured.' },
    samples: countedBy(['kind', 'feed', 'reader', 'installation', 'meter'], rows),
  },
];
