import { statement, type Tx } from '../port';
import type { Failure } from './workflow';

/** A step of a run: the node, the visit, and the way there; see `wayOf`. */
export interface StepKey {
  /** The id of the node in its flow. */
  node: string;
  /** Which time the run is at this node, from 1: a flow may lead back to it. */
  visit: number;
  cameFrom: string;
}

/** A digest for each resolved input of a step. */
export type Inputs = Record<string, string>;

/** A step as its journal has it. `outcome` is JSON; times are ms UTC. */
export interface Step extends StepKey {
  runId: string;
  /** Tells apart messages that were at a node equally often, such as those of two branches or of a split. */
  branch: number;
  /** The name of the node, else its type, as people were shown it then. */
  label: string;
  state: 'intended' | 'done' | 'failed';
  /** A digest for each resolved input; `null` when the step was restarted and takes any. */
  inputs: Inputs | null;
  /** How often its call was begun since it was intended or restarted. */
  attempts: number;
  /** What the step made; a repeat gets this in place of a call. */
  outcome: unknown;
  failure: Failure | null;
  intendedAt: number;
  waits: StepWaits | null;
}

/** What tells which step an arriving message is. */
export type StepHead = StepId &
  Pick<Step, 'state' | 'inputs'> & {
    /** When it was first begun (ms UTC), even if restarted since. */
    begunAt: number;
  };

export const waitKinds = ['propagation', 'retry', 'answer', 'time', 'runs', 'branches'] as const;

/** What a step waits for: billing's offer, its next attempt, an answer, a time, runs that it started, or branches. */
export interface StepWaits {
  for: (typeof waitKinds)[number];
  /** What to show people: for an offer its name, for a retry why the last attempt failed, for an answer the question, for runs
   *  and branches how many have arrived. */
  subject: string;
  /** ms UTC; null when it waits as long as it takes. */
  until: number | null;
  /** For a retry: how often it has failed. */
  tries?: number;
}

interface StepRow {
  run_id: string;
  node: string;
  visit: number;
  came_from: string;
  branch: number;
  label: string;
  state: string;
  inputs: string;
  attempts: number;
  outcome: string | null;
  failure: string | null;
  intended_at: number;
}

/** What a step waits for, as stored in its row. */
export interface WaitColumns {
  waits_for: StepWaits['for'] | null;
  waits_subject: string | null;
  waits_until: number | null;
  waits_tries: number | null;
}

/** The columns of `WaitColumns`, for statements that read steps in other files. */
export const waitColumns = 'waits_for, waits_subject, waits_until, waits_tries';

/** What a row says its step waits for; null when it waits for nothing. */
export function waitsIn({
  waits_for: kind,
  waits_subject: subject,
  waits_until: until,
  waits_tries: tries,
}: WaitColumns): StepWaits | null {
  return kind === null ? null : { for: kind, subject: subject ?? '', until, ...(tries === null ? {} : { tries }) };
}

type HeadRow = Pick<StepRow, 'node' | 'visit' | 'came_from' | 'branch' | 'state' | 'inputs'> & { begun_at: number };

const columns = 'run_id, node, visit, came_from, branch, label, state, inputs, attempts, outcome, failure, intended_at';
const same = 'run_id = :runId AND node = :node AND visit = :visit AND came_from = :cameFrom AND branch = :branch';

const one = statement<StepRow & WaitColumns>(`SELECT ${columns}, ${waitColumns} FROM step WHERE ${same}`);
const headsOf = statement<HeadRow>(`
  SELECT node, visit, came_from, branch, state, inputs, COALESCE(begun_at, intended_at) AS begun_at FROM step
  WHERE run_id = :runId ORDER BY branch`);
const ofRun = statement<StepRow & WaitColumns>(
  `SELECT ${columns}, ${waitColumns} FROM step WHERE run_id = :runId ORDER BY intended_at, node, visit`,
);
const insertStep = statement(`
  INSERT INTO step (${columns}, concluded_at, sources)
  VALUES (:runId, :node, :visit, :cameFrom, :branch, :label, 'intended', :inputs, 1, NULL, NULL, :now, NULL, :sources)`);
const countAttempt = statement(
  `UPDATE step SET attempts = attempts + 1, state = 'intended', inputs = :inputs, sources = :sources WHERE ${same}`,
);
const setSourcesOf = statement(
  `UPDATE step SET sources = :sources WHERE ${same} AND COALESCE(sources, '') <> :sources`,
);
const noWait = 'waits_for = NULL, waits_subject = NULL, waits_until = NULL, waits_tries = NULL';
const concludeStep = statement(
  `UPDATE step SET state = 'done', outcome = :outcome, failure = NULL, concluded_at = :now, ${noWait} WHERE ${same}`,
);
const failStep = statement(
  `UPDATE step SET state = 'failed', failure = :failure, concluded_at = :now, ${noWait} WHERE ${same}`,
);
const setWait = statement(`
  UPDATE step SET waits_for = :for, waits_subject = :subject, waits_until = :until, waits_tries = :tries
  WHERE ${same} AND state = 'intended'`);
/** Restarts the failed steps; waits keep the time at which they began. */
const reopenFailed = statement(
  `UPDATE step SET state = 'intended', failure = NULL, attempts = 0 WHERE run_id = :runId AND state = 'failed'`,
);
/** Restarts a step with whatever values come. That it was begun before stays recorded: its call may have been made. */
const anew = `state = 'intended', inputs = 'null', outcome = NULL, failure = NULL, attempts = 0,
  begun_at = COALESCE(begun_at, intended_at), intended_at = :now`;
const restartFailed = statement(`UPDATE step SET ${anew} WHERE run_id = :runId AND state = 'failed'`);
const restartOne = statement(`UPDATE step SET ${anew} WHERE ${same}`);
const skipFailed = statement(
  `UPDATE step SET state = 'done', outcome = :outcome, concluded_at = :now WHERE run_id = :runId AND state = 'failed'`,
);

/** What tells a step from all others: its run, its node, its way, and which of several alike it is. */
export type StepId = StepKey & { runId: string; branch: number };

const idOf = ({ runId, node, visit, cameFrom, branch }: StepId) => ({ runId, node, visit, cameFrom, branch });

/** A step with all that was recorded; null when the run has not come to it. */
export async function findStep(tx: Tx, step: StepId): Promise<Step | null> {
  const [row] = await tx.rows(one, { ...idOf(step) });
  return row ? toStep(row) : null;
}

/** Every step of a run without its outcome, by branch. */
export async function stepHeads(tx: Tx, runId: string): Promise<StepHead[]> {
  return (await tx.rows(headsOf, { runId })).map(row => ({
    ...{ runId, node: row.node, visit: row.visit, cameFrom: row.came_from, branch: row.branch },
    ...{ state: row.state as Step['state'], inputs: JSON.parse(row.inputs), begunAt: row.begun_at },
  }));
}

/** Every step of a run, with outcomes, in the order in which they began. */
export async function stepsOfRun(tx: Tx, runId: string): Promise<Step[]> {
  return (await tx.rows(ofRun, { runId })).map(toStep);
}

/** `sources`: digests of where the inputs that the message decided came from. */
export async function addStep(
  tx: Tx,
  { label, inputs, sources, ...step }: StepId & { label: string; inputs: Inputs; sources: Inputs },
  now: number,
) {
  const digests = { inputs: JSON.stringify(inputs), sources: JSON.stringify(sources) };
  await tx.change(insertStep, { ...idOf(step), label, ...digests, now });
}

/** Notes that the step is attempted again, before its call is made; a failed one is at work again. */
export async function addAttempt(tx: Tx, step: StepId, inputs: Inputs, sources: Inputs): Promise<void> {
  await tx.change(countAttempt, { ...idOf(step), inputs: JSON.stringify(inputs), sources: JSON.stringify(sources) });
}

/** The inputs have new sources and the same values. */
export async function setStepSources(tx: Tx, step: StepId, sources: Inputs): Promise<void> {
  await tx.change(setSourcesOf, { ...idOf(step), sources: JSON.stringify(sources) });
}

/** Records the result. A repeat gets `outcome`, which must be JSON, in place of a call; see `Journal` for the one exception. */
export async function setStepDone(tx: Tx, step: StepId, outcome: unknown, now: number): Promise<void> {
  await tx.change(concludeStep, { ...idOf(step), outcome: JSON.stringify(outcome), now });
}

/** Records why the step failed for good; the outcome stays as it is. */
export async function setStepFailed(tx: Tx, step: StepId, failure: Failure, now: number): Promise<void> {
  await tx.change(failStep, { ...idOf(step), failure: JSON.stringify(failure), now });
}

/** Puts the failed steps of a run back to work, with the inputs that they had. */
export async function reopenSteps(tx: Tx, runId: string): Promise<void> {
  await tx.change(reopenFailed, { runId });
}

/** Sets what an unfinished step waits for; changes nothing for a finished one. */
export async function setStepWaits(tx: Tx, step: StepId, waits: StepWaits): Promise<void> {
  await tx.change(setWait, { ...idOf(step), tries: null, ...waits });
}

/** The failed steps, or the one named, run with the values of the current flow. */
export async function restartSteps(tx: Tx, runId: string, changed: StepId | null, now: number): Promise<void> {
  await tx.change(restartFailed, { runId, now });
  if (changed) await tx.change(restartOne, { ...idOf(changed), now });
}

/** Marks the failed steps as done with `outcome`. */
export async function skipSteps(tx: Tx, runId: string, outcome: unknown, now: number): Promise<number> {
  return tx.change(skipFailed, { runId, outcome: JSON.stringify(outcome), now });
}

function toStep(row: StepRow & WaitColumns): Step {
  return {
    runId: row.run_id,
    node: row.node,
    visit: row.visit,
    cameFrom: row.came_from,
    branch: row.branch,
    label: row.label,
    state: row.state as Step['state'],
    inputs: JSON.parse(row.inputs),
    attempts: row.attempts,
    outcome: row.outcome === null ? null : JSON.parse(row.outcome),
    failure: row.failure === null ? null : JSON.parse(row.failure),
    intendedAt: row.intended_at,
    waits: waitsIn(row),
  };
}
