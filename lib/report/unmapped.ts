import type { UnmappedList } from '../desk/unmapped';
import { countedBy, type Metric } from './prometheus';
import type { Report } from './report';

const columns = ['kind', 'wapId', 'name', 'account'] as const;

/** What WAP has and no billing id is known for. */
export const unmappedReport = ({ rows, isAll }: UnmappedList): Report => ({
  columns,
  rows: rows.map(({ kind, wapId, name, account }) => ({ kind, wapId, name, account })),
  isWhole: isAll,
});

export const unmappedMetrics = ({ rows }: Report): Metric[] => [
  { name: 'unmapped', help: 'What WAP has without a billing id.', samples: countedBy(['kind'], rows) },
];
