import { statement, type Tx } from '../port';
import { type StepWaits, type WaitColumns, waitColumns, waitsIn } from './step';
import type { Failure, RunState } from './workflow';

/** A filter for runs; null means any. */
export interface RunFilter {
  state: RunState | null;
  /** The whole name of the workflow, as on its start node. */
  workflow: string | null;
  /** Part of the key, in any case. */
  text: string | null;
  /** Label of a step at which the run is. */
  step: string | null;
  /** What some step of it waits for; with `step` it is that one step. */
  waitsFor: StepWaits['for'] | null;
}

/** A position in the list: newest first, by id when two began at once. */
export interface RunPlace {
  startedAt: number;
  id: string;
}

/** A run as lists show it, without its message, which may be large. Times in ms UTC. */
export interface ListedRun extends RunPlace {
  workflow: string;
  key: string;
  state: RunState;
  /** When its state or its pass changed last; what its steps do does not count. */
  updatedAt: number;
  endedAt: number | null;
  /** Why it stopped; kept while another branch goes on. */
  failure: Failure | null;
}

/** A step that is not done. */
export interface StandingStep {
  label: string;
  state: 'intended' | 'failed';
  attempts: number;
  /** ms UTC. */
  intendedAt: number;
  waits: StepWaits | null;
}

/** One step of a run's time line. */
export interface TimedStep extends Omit<StandingStep, 'state'> {
  state: 'intended' | 'done' | 'failed';
  /** ms UTC; null while the step is not finished. */
  concludedAt: number | null;
  failure: Failure | null;
  outcome: unknown;
}

type StandingRow = Omit<StandingStep, 'waits'> & WaitColumns;
type TimedRow = Omit<TimedStep, 'waits' | 'failure' | 'outcome'> &
  WaitColumns & { failure: string | null; outcome: string | null };

/** The ids come from an index alone; everything else is read only for the runs shown. */
const page = statement<Omit<ListedRun, 'failure'> & { failure: string | null }>(`
  SELECT id, name AS "workflow", run_key AS "key", state, started_at AS "startedAt", updated_at AS "updatedAt",
    ended_at AS "endedAt", failure
  FROM workflow WHERE id IN (
    SELECT id FROM workflow
    WHERE (CAST(:state AS TEXT) IS NULL OR state = :state)
      AND (CAST(:workflow AS TEXT) IS NULL OR name = :workflow)
      AND (CAST(:text AS TEXT) IS NULL OR LOWER(run_key) LIKE :text ESCAPE '\\')
      AND (started_at, id) < (CAST(:startedAt AS BIGINT), CAST(:id AS TEXT))
      AND ((CAST(:step AS TEXT) IS NULL AND CAST(:waitsFor AS TEXT) IS NULL) OR EXISTS (
        SELECT 1 FROM step WHERE run_id = workflow.id AND step.state <> 'done'
          AND (CAST(:step AS TEXT) IS NULL OR label = :step)
          AND (CAST(:waitsFor AS TEXT) IS NULL OR waits_for = :waitsFor)))
    ORDER BY started_at DESC, id DESC LIMIT :limit)
  ORDER BY started_at DESC, id DESC`);
/** The same in one state: its own index. */
const pageOfState = statement<Omit<ListedRun, 'failure'> & { failure: string | null }>(
  page.text.replace('(CAST(:state AS TEXT) IS NULL OR state = :state)', 'state = :state'),
);

const standing = statement<StandingRow>(`
  SELECT label, state, attempts, intended_at AS "intendedAt", ${waitColumns} FROM step
  WHERE run_id = :runId AND state <> 'done' ORDER BY intended_at LIMIT 20`);
const timeLine = statement<TimedRow>(`
  SELECT label, state, attempts, intended_at AS "intendedAt", concluded_at AS "concludedAt", failure, outcome, ${waitColumns}
  FROM step WHERE run_id = :runId ORDER BY intended_at, COALESCE(concluded_at, intended_at + 1), visit`);
const one = statement<Omit<ListedRun, 'failure'> & { failure: string | null }>(`
  SELECT id, name AS "workflow", run_key AS "key", state, started_at AS "startedAt", updated_at AS "updatedAt",
    ended_at AS "endedAt", failure FROM workflow WHERE id = :id`);
const labels = statement<{ label: string }>(`
  SELECT DISTINCT label FROM step WHERE state <> 'done' ORDER BY label LIMIT 100`);
const names = statement<{ name: string }>('SELECT DISTINCT name FROM workflow ORDER BY name LIMIT 100');

/** Counted only so far, so that the overview answers quickly however many runs there are. */
const countUnended = statement<{ name: string; state: string; total: number }>(`
  SELECT name, state, COUNT(*) AS total FROM (SELECT name, state FROM workflow WHERE ended_at IS NULL LIMIT 10001) AS some
  GROUP BY name, state`);
const countEnded = statement<{ name: string; total: number }>(`
  SELECT name, COUNT(*) AS total FROM (SELECT name FROM workflow WHERE ended_at >= :since LIMIT 10001) AS some GROUP BY name`);

/** Runs after a position, newest first. */
export async function selectRuns(
  tx: Tx,
  filter: RunFilter,
  after: RunPlace | null,
  limit: number,
): Promise<ListedRun[]> {
  const { startedAt, id } = after ?? { startedAt: Number.MAX_SAFE_INTEGER, id: '' };
  const text = filter.text === null ? null : `%${filter.text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const rows = await tx.rows(filter.state === null ? page : pageOfState, { ...filter, text, startedAt, id, limit });
  return rows.map(toListed);
}

/** One run as lists show it; null when it is not stored. */
export async function selectRun(tx: Tx, id: string): Promise<ListedRun | null> {
  const [row] = await tx.rows(one, { id });
  return row ? toListed(row) : null;
}

/** Steps of a run that are not done, the oldest first; 20 at most. */
export async function standingSteps(tx: Tx, runId: string): Promise<StandingStep[]> {
  return (await tx.rows(standing, { runId })).map(withWaits);
}

/** All steps of a run in the order in which they began. */
export async function timedSteps(tx: Tx, runId: string): Promise<TimedStep[]> {
  return (await tx.rows(timeLine, { runId })).map(({ failure, outcome, ...row }) => ({
    ...withWaits(row),
    failure: failure === null ? null : JSON.parse(failure),
    outcome: outcome === null ? null : JSON.parse(outcome),
  }));
}

/** Labels of steps at which runs are. */
export async function standingLabels(tx: Tx): Promise<string[]> {
  return (await tx.rows(labels)).map(({ label }) => label);
}

/** Workflows that have runs. */
export async function workflowNames(tx: Tx): Promise<string[]> {
  return (await tx.rows(names)).map(({ name }) => name);
}

/** Counts of a workflow's runs, each at most 10 001; failed ones wait for somebody. */
export interface RunCounts {
  workflow: string;
  /** Under way, questions and waits included. */
  open: number;
  failed: number;
  /** Ended since a time. */
  ended: number;
}

/** Of every workflow that has any of them. `since`: ms UTC. */
export async function countRuns(tx: Tx, since: number): Promise<RunCounts[]> {
  const byName = new Map<string, RunCounts>();
  const note = (rows: Array<{ name: string; total: number }>, field: 'open' | 'failed' | 'ended') => {
    for (const { name, total } of rows) {
      const counts = byName.get(name) ?? { workflow: name, open: 0, failed: 0, ended: 0 };
      byName.set(name, { ...counts, [field]: total });
    }
  };
  const unended = await tx.rows(countUnended);
  note(
    unended.filter(({ state }) => state !== 'failed'),
    'open',
  );
  note(
    unended.filter(({ state }) => state === 'failed'),
    'failed',
  );
  note(await tx.rows(countEnded, { since }), 'ended');
  return [...byName.values()].sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
}

function toListed<Row extends { failure: string | null }>(
  row: Row,
): Omit<Row, 'failure'> & { failure: Failure | null } {
  return { ...row, failure: row.failure === null ? null : JSON.parse(row.failure) };
}

function withWaits<Row extends WaitColumns>({ waits_for, waits_subject, waits_until, waits_tries, ...row }: Row) {
  return { ...row, waits: waitsIn({ waits_for, waits_subject, waits_until, waits_tries }) };
}
