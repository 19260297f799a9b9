import { statement, type Tx } from '../port';
import type { Inputs } from './step';
import type { Failure } from './workflow';

/** A run that has not ended. */
export interface UnendedRun {
  id: string;
  workflow: string;
  key: string;
  startNode: string | null;
  /** Of one that failed. */
  failure: Failure | null;
}

/** A step as it was recorded. */
export interface RecordedStep {
  node: string;
  label: string;
  isDone: boolean;
  /** A digest for each input; null when the step was restarted and takes any. */
  inputs: Inputs | null;
  /** Digests of the sources of inputs that the message decided; null when recorded by an older version. */
  sources: Inputs | null;
}

interface RunRow extends Omit<UnendedRun, 'failure'> {
  failure: string | null;
}

const runs = statement<RunRow>(`
  SELECT id, name AS workflow, run_key AS "key", start_node AS "startNode", failure FROM workflow
  WHERE ended_at IS NULL AND (name, run_key) > (CAST(:workflow AS TEXT), CAST(:key AS TEXT))
    AND (CAST(:only AS TEXT) IS NULL OR name = :only)
  ORDER BY name, run_key LIMIT :limit`);
const stepsOf = statement<{ node: string; label: string; state: string; inputs: string; sources: string | null }>(`
  SELECT node, label, state, inputs, sources FROM step WHERE run_id = :runId`);

/** Runs that have not ended, of one workflow or (null) of all, ordered by name and key, after a position. */
export async function unendedRuns(
  tx: Tx,
  only: string | null,
  { workflow, key }: Pick<UnendedRun, 'workflow' | 'key'>,
  limit: number,
): Promise<UnendedRun[]> {
  const rows = await tx.rows(runs, { only, workflow, key, limit });
  return rows.map(({ failure, ...row }) => ({ ...row, failure: failure === null ? null : JSON.parse(failure) }));
}

/** Every step of a run as it was recorded, in no order. */
export async function recordedSteps(tx: Tx, runId: string): Promise<RecordedStep[]> {
  return (await tx.rows(stepsOf, { runId })).map(({ node, label, state, inputs, sources }) => ({
    ...{ node, label, isDone: state === 'done', inputs: JSON.parse(inputs) },
    sources: sources === null ? null : JSON.parse(sources),
  }));
}
