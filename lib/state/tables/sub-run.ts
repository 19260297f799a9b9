import { statement, type Tx } from '../port';
import type { StepId } from './step';
import type { Failure, RunState } from './workflow';

/** A run that a step of another run waits for. Times are ms UTC. */
export interface SubRun {
  /** From 0, in the list of the step. */
  place: number;
  id: string;
  /** null: no longer stored. */
  state: RunState | null;
  result: unknown;
  failure: Failure | null;
}

interface SubRunRow {
  place: number;
  child_id: string;
  state: RunState | null;
  result: string | null;
  failure: string | null;
}

const ofStep = 'run_id = :runId AND node = :node AND visit = :visit AND came_from = :cameFrom AND branch = :branch';
const insert = statement(`
  INSERT INTO sub_run (run_id, node, visit, came_from, branch, place, child_id)
  VALUES (:runId, :node, :visit, :cameFrom, :branch, :place, :id)`);
const places = statement<{ place: number }>(`SELECT place FROM sub_run WHERE ${ofStep}`);
const counts = statement<{ standing: 'open' | 'failed' | 'ended'; total: number }>(`
  SELECT CASE WHEN workflow.id IS NULL OR ended_at IS NOT NULL THEN 'ended' ELSE state END AS standing, COUNT(*) AS total
  FROM sub_run LEFT JOIN workflow ON workflow.id = child_id WHERE ${ofStep} GROUP BY standing`);
const all = statement<SubRunRow>(`
  SELECT place, child_id, state, result, failure FROM sub_run LEFT JOIN workflow ON workflow.id = child_id
  WHERE ${ofStep} ORDER BY place`);
/** The run itself and every run whose steps wait for it. */
const waiting = statement<{ id: string }>(`
  WITH RECURSIVE above (id) AS (
    SELECT CAST(:runId AS TEXT) UNION SELECT run_id FROM sub_run JOIN above ON child_id = above.id)
  SELECT id FROM above`);

const idOf = ({ runId, node, visit, cameFrom, branch }: StepId) => ({ runId, node, visit, cameFrom, branch });

/** Notes a run that a step started, or found, for an item of its list; in the transaction that does so. */
export async function addSubRun(tx: Tx, step: StepId, place: number, id: string): Promise<void> {
  await tx.change(insert, { ...idOf(step), place, id });
}

/** The places in the list whose runs are known. */
export async function startedPlaces(tx: Tx, step: StepId): Promise<Set<number>> {
  return new Set((await tx.rows(places, idOf(step))).map(({ place }) => place));
}

/** How many are under way, how many failed and can be resumed, and how many have ended or are no longer stored. */
export async function countSubRuns(tx: Tx, step: StepId): Promise<Record<'open' | 'failed' | 'ended', number>> {
  const found = { open: 0, failed: 0, ended: 0 };
  for (const { standing, total } of await tx.rows(counts, idOf(step))) found[standing] = total;
  return found;
}

/** The runs of a step in the order of its list, with what became of them. */
export async function listSubRuns(tx: Tx, step: StepId): Promise<SubRun[]> {
  const parsed = (text: string | null) => (text === null ? null : JSON.parse(text));
  return (await tx.rows(all, idOf(step))).map(({ place, child_id: id, state, result, failure }) => ({
    ...{ place, id, state, result: parsed(result), failure: parsed(failure) },
  }));
}

/** The run, and those that wait for it. */
export async function runsAbove(tx: Tx, runId: string): Promise<Set<string>> {
  return new Set((await tx.rows(waiting, { runId })).map(({ id }) => id));
}
