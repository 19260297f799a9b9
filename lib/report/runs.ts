import type { Page } from '../desk/page';
import { listRuns, type RunFilter, type RunLine } from '../desk/runs';
import type { Store } from '../state/port';
import { countedBy, type Metric } from './prometheus';
import { gathered, type Report, timeText } from './report';

const columns = [
  ...(['key', 'workflow', 'state', 'startedAt', 'endedAt', 'step', 'waitsFor', 'until'] as const),
  ...(['attempts', 'code', 'problem'] as const),
];
type Row = Record<(typeof columns)[number], string | number | null>;

/** Runs of one filter after the other, newest first: where each stands, what it waits for and until when, and why it failed. */
export function runsReport(store: Store, filters: readonly RunFilter[], limit: number): Promise<Report> {
  return gathered(columns, runs(store, filters), limit);
}

/** Page by page, so that a report of a few rows reads a few rows. */
async function* runs(store: Store, filters: readonly RunFilter[]): AsyncGenerator<Row[], void, undefined> {
  for (const filter of filters) {
    let after: string | undefined;
    do {
      const { rows, next }: Page<RunLine> = await listRuns(store, filter, after, 200);
      yield rows.map(rowOf);
      after = next ?? undefined;
    } while (after !== undefined);
  }
}

/** One row a run; of its branches the names of all and the wait of the first. */
function rowOf({ key, workflow, state, startedAt, endedAt, at, failure }: RunLine): Row {
  const [standing] = at;
  return {
    ...{ key, workflow, state, startedAt: timeText(startedAt), endedAt: timeText(endedAt) },
    step: failure?.step ?? (at.map(({ label }) => label).join(', ') || null),
    waitsFor: standing?.waits?.subject ?? null,
    until: timeText(standing?.waits?.until ?? null),
    attempts: standing?.attempts ?? null,
    ...{ code: failure?.code ?? null, problem: failure?.message ?? null },
  };
}

/** Counted from the rows, so they end where the report does. */
export const runsMetrics = ({ rows }: Report): Metric[] => [
  { name: 'runs', help: 'Runs that the report lists.', samples: countedBy(['workflow', 'state', 'step'], rows) },
];
