import type { ErrorCause, ErrorCode } from '../../errors';
import { foldId } from '../../ids';
import { statement, type Tx } from '../port';

/** `open`: under way. `failed`: stopped at a failed step, can be resumed. The others have ended. */
export const runStates = ['open', 'failed', 'completed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

/** Why a step or run failed, as plain data. */
export interface Failure {
  code: ErrorCode;
  message: string;
  cause: ErrorCause;
  /** The step's label: the node's name or type. */
  step: string;
}

/** A branch that was still going when its run ended. `late`: its message reached a step after the end. */
export interface LeftBranch {
  /** The step's label. */
  step: string;
  state: 'at work' | 'done' | 'failed' | 'late';
}

/** One durable workflow. Times are integer ms UTC. */
export interface Run {
  id: string;
  /** Which workflow: the name on its start node. */
  name: string;
  /** The user's key: at most one run of a workflow with this key is not ended. */
  key: string;
  state: RunState;
  /** How often the run was sent through its flow. Only messages of this pass may write: older ones may still be on their way. */
  pass: number;
  /** The message as it was when the run started. */
  message: Record<string, unknown>;
  /** Properties of that message which could not be stored and are missing after a resume. */
  missing: string[];
  /** What its end kept, as JSON; null until then. */
  result: unknown;
  /** Why it stopped last; it stays while another branch goes on after it. */
  failure: Failure | null;
  startedAt: number;
  updatedAt: number;
  endedAt: number | null;
  /** The node that began it; null where an older version did. */
  startNode: string | null;
}

interface RunRow {
  id: string;
  name: string;
  run_key: string;
  state: string;
  pass: number;
  message: string;
  missing: string;
  result: string | null;
  failure: string | null;
  started_at: number;
  updated_at: number;
  ended_at: number | null;
  start_node: string | null;
}

const columns =
  'id, name, run_key, state, pass, message, missing, result, failure, started_at, updated_at, ended_at, start_node';

/** Inserts no row while a run with this key has not ended. */
const insertRun = statement(`
  INSERT INTO workflow (${columns})
  VALUES (:id, :name, :key, 'open', 1, :message, :missing, NULL, NULL, :now, :now, NULL, :startNode)
  ON CONFLICT (name, run_key) WHERE ended_at IS NULL DO NOTHING`);
const byId = statement<RunRow>(`SELECT ${columns} FROM workflow WHERE id = :id`);
const unendedByKey = statement<RunRow>(
  `SELECT ${columns} FROM workflow WHERE name = :name AND run_key = :key AND ended_at IS NULL`,
);
const byState = statement<RunRow>(`
  SELECT ${columns} FROM workflow
  WHERE name = :name AND (CAST(:state AS TEXT) IS NULL OR state = :state)
  ORDER BY started_at DESC, id LIMIT :limit`);
const newestByKey = statement<RunRow>(`
  SELECT ${columns} FROM workflow WHERE name = :name AND run_key = :key ORDER BY started_at DESC, id LIMIT 1`);
const completedByKey = statement<RunRow>(`
  SELECT ${columns} FROM workflow WHERE name = :name AND run_key = :key AND state = 'completed'
  ORDER BY started_at DESC, id LIMIT 1`);
/** Runs that can be resumed or cancelled, by the index of unended runs. */
const unended = statement<Pick<RunRow, 'id' | 'name' | 'run_key' | 'state'>>(`
  SELECT id, name, run_key, state FROM workflow WHERE ended_at IS NULL ORDER BY name, run_key LIMIT :limit`);
/** Runs to be sent again after a start: those under way, and failures that nothing has taken up. Not those of another start
 *  node. */
const toSend = statement<{ id: string; state: 'open' | 'failed' }>(`
  SELECT id, state FROM workflow
  WHERE name = :name AND ended_at IS NULL AND (start_node IS NULL OR start_node = :startNode)
  ORDER BY started_at, id`);
/** A new pass fences off messages of the pass before. */
const nextPass = statement<RunRow>(`
  UPDATE workflow SET pass = pass + 1, state = 'open', failure = NULL, updated_at = :now
  WHERE id = :id AND ended_at IS NULL RETURNING ${columns}`);
const failRun = statement(`
  UPDATE workflow SET state = 'failed', failure = :failure, updated_at = :now
  WHERE id = :id AND ended_at IS NULL`);
/** Keeps the failure: it may be another branch that goes on. */
const reopenRun = statement(`
  UPDATE workflow SET state = 'open', updated_at = :now WHERE id = :id AND state = 'failed'`);
const failReopened = statement(`
  UPDATE workflow SET state = 'failed', updated_at = :now WHERE id = :id AND state = 'open' AND failure IS NOT NULL`);
/** Without a pass: whatever pass it is in. */
const endRun = statement(`
  UPDATE workflow SET state = :state, result = :result, updated_at = :now, ended_at = :now
  WHERE id = :id AND ended_at IS NULL AND (CAST(:pass AS BIGINT) IS NULL OR pass = :pass)`);
const setResult = statement('UPDATE workflow SET result = :result WHERE id = :id');
/** The most left branches that are kept. */
const mostLeft = 100;
const removeEnded = statement('DELETE FROM workflow WHERE id = :id AND ended_at IS NOT NULL');
const pruneEnded = statement('DELETE FROM workflow WHERE name = :name AND ended_at < :before');

/** A run to be started. `message` is JSON; `now` ms UTC. */
export interface NewRun {
  id: string;
  name: string;
  key: string;
  message: string;
  missing: string[];
  startNode: string | null;
  now: number;
}

/** False when a run with this key has not ended. */
export async function addRun(tx: Tx, run: NewRun): Promise<boolean> {
  return (await tx.change(insertRun, { ...run, key: foldId(run.key), missing: JSON.stringify(run.missing) })) > 0;
}

/** A run by its id; null when it is not stored (any more). */
export async function findRun(tx: Tx, id: string): Promise<Run | null> {
  return toRun((await tx.rows(byId, { id }))[0]);
}

/** The unended run of a workflow with this key, of which there is one at most. */
export async function findUnended(tx: Tx, name: string, key: string): Promise<Run | null> {
  return toRun((await tx.rows(unendedByKey, { name, key: foldId(key) }))[0]);
}

/** Runs of a workflow, in one state or (null) in any, the newest first. */
export async function listRuns(tx: Tx, name: string, state: RunState | null, limit: number): Promise<Run[]> {
  return (await tx.rows(byState, { name, state, limit })).flatMap(row => toRun(row) ?? []);
}

/** The newest, ended or not. */
export async function findNewest(tx: Tx, name: string, key: string): Promise<Run | null> {
  return toRun((await tx.rows(newestByKey, { name, key: foldId(key) }))[0]);
}

/** The newest one that completed. */
export async function findCompleted(tx: Tx, name: string, key: string): Promise<Run | null> {
  return toRun((await tx.rows(completedByKey, { name, key: foldId(key) }))[0]);
}

/** Runs under way and failed ones that have not ended; the oldest first. */
export async function listToSend(
  tx: Tx,
  name: string,
  startNode: string | null,
): Promise<Array<{ id: string; state: 'open' | 'failed' }>> {
  return (await tx.rows(toSend, { name, startNode })).map(({ id, state }) => ({ id, state }));
}

/** `null` when the run has ended. */
export async function startPass(tx: Tx, id: string, now: number): Promise<Run | null> {
  return toRun((await tx.rows(nextPass, { id, now }))[0]);
}

/** Stops an unended run with the failure of one of its steps; it can be resumed. */
export async function setRunFailed(tx: Tx, id: string, failure: Failure, now: number): Promise<void> {
  await tx.change(failRun, { id, failure: JSON.stringify(failure), now });
}

/** Reopens a failed run; changes nothing for any other. */
export async function reopenFailedRun(tx: Tx, id: string, now: number): Promise<void> {
  await tx.change(reopenRun, { id, now });
}

/** Fails a run that another branch reopened, with the failure it had. */
export async function failReopenedRun(tx: Tx, id: string, now: number): Promise<void> {
  await tx.change(failReopened, { id, now });
}

/** False when it had ended already or is in another pass. */
export async function setRunEnded(
  tx: Tx,
  id: string,
  state: 'completed' | 'failed' | 'cancelled',
  result: unknown,
  pass: number | null,
  now: number,
): Promise<boolean> {
  return (await tx.change(endRun, { id, state, result: JSON.stringify(result ?? null), pass, now })) > 0;
}

/** Adds to the result of an ended run what its end left behind. */
export async function addLeftBranch(tx: Tx, id: string, branch: LeftBranch): Promise<void> {
  const run = await findRun(tx, id);
  if (run?.endedAt === null || !isResult(run?.result)) return;
  const left = [...(run.result.left ?? []), branch].slice(-mostLeft);
  await tx.change(setResult, { id, result: JSON.stringify({ ...run.result, left }) });
}

/** Whether something can be added to what the run's end kept. */
const isResult = (result: unknown): result is { left?: LeftBranch[] } => typeof result === 'object' && result !== null;

/** Deletes a run that has ended, with its journal; false for any other. */
export async function removeRun(tx: Tx, id: string): Promise<boolean> {
  return (await tx.change(removeEnded, { id })) > 0;
}

/** Deletes runs of a workflow that ended before a time (ms UTC), with their journals; answers how many. */
export async function pruneRuns(tx: Tx, name: string, before: number): Promise<number> {
  return tx.change(pruneEnded, { name, before });
}

function toRun(row: RunRow | undefined): Run | null {
  if (!row) return null;
  return {
    id: row.id,
    name: row.name,
    key: row.run_key,
    state: row.state as RunState,
    pass: row.pass,
    message: JSON.parse(row.message),
    missing: JSON.parse(row.missing),
    result: row.result === null ? null : JSON.parse(row.result),
    failure: row.failure === null ? null : JSON.parse(row.failure),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
    startNode: row.start_node,
  };
}

/** Unended runs of every workflow, without their messages. */
export async function listUnended(
  tx: Tx,
  limit: number,
): Promise<Array<Pick<Run, 'id' | 'name' | 'key'> & { state: string }>> {
  const rows = await tx.rows(unended, { limit });
  return rows.map(({ run_key, ...row }) => ({ ...row, key: run_key }));
}
