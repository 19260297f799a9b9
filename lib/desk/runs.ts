import { AdapterError } from '../errors';
import type { Store, Tx } from '../state/port';
import {
  type ListedRun,
  type RunFilter,
  type StandingStep,
  selectRun,
  selectRuns,
  standingLabels,
  standingSteps,
  timedSteps,
  workflowNames,
} from '../state/tables/run-list';
import type { StepWaits } from '../state/tables/step';
import { fieldsAt, leftBehind, type Thing } from './left-behind';
import { type Page, pageOf, placeIn, placeText } from './page';

export type { RunFilter } from '../state/tables/run-list';
export type { Stop } from '../workflow/deploy-check';

/** A run in the list, with where it stands. Times are ms UTC. */
export interface RunLine extends Omit<ListedRun, 'failure'> {
  /** The sentence that says why it failed; null when it did not. */
  failure: { step: string; code: string; message: string } | null;
  /** Steps that are not done: more than one where it has branches. */
  at: StandingStep[];
}

/** A step in the time line of a run. */
export interface StepLine {
  label: string;
  state: 'intended' | 'done' | 'failed';
  intendedAt: number;
  concludedAt: number | null;
  attempts: number;
  /** What it waits for, if it waits. */
  waits: StepWaits | null;
  failure: string | null;
  /** What somebody answered at it. */
  answer: { choice: string; by: string } | null;
}

/** One run, as a person looks into it. */
export interface RunDetails {
  steps: StepLine[];
  /** What the run has made and not taken away again. */
  left: Thing[];
}

/** Runs of all workflows, newest first. `after`: as `next` of the page before. */
export function listRuns(
  store: Store,
  filter: RunFilter,
  after: string | undefined,
  limit: number,
): Promise<Page<RunLine>> {
  return store.transaction(async tx => {
    const place = placeIn(after);
    const found = await selectRuns(tx, filter, place && { startedAt: place.at, id: place.id }, limit + 1);
    const { rows, next } = pageOf(found, limit, ({ startedAt, id }) => placeText(startedAt, id));
    return { rows: await Promise.all(rows.map(run => lineOf(tx, run))), next };
  });
}

/** The time line of a run, and what cancelling it would leave behind. @throws STATE_NOT_FOUND */
export function runDetails(store: Store, id: string): Promise<RunDetails> {
  return store.transaction(async tx => {
    if (!(await selectRun(tx, id))) throw unknownRun(id);
    const steps = await timedSteps(tx, id);
    const lines = steps.map(({ outcome, failure, ...step }) => ({
      ...step,
      failure: failure?.message ?? null,
      answer: answerIn(outcome),
    }));
    return { steps: lines, left: leftBehind(steps) };
  });
}

/** What can be filtered by: workflows that have runs, and steps at which runs stand. */
export function runWords(store: Store): Promise<{ workflows: string[]; steps: string[] }> {
  return store.transaction(async tx => ({ workflows: await workflowNames(tx), steps: await standingLabels(tx) }));
}

/** @throws STATE_NOT_FOUND */
export async function runById(store: Store, id: string): Promise<ListedRun> {
  const run = await store.transaction(tx => selectRun(tx, id));
  if (run) return run;
  throw unknownRun(id);
}

/** STATE_NOT_FOUND: runs are forgotten some time after their end. */
function unknownRun(id: string): AdapterError {
  return new AdapterError('STATE_NOT_FOUND', 'This run is not known any more: it was forgotten.', { subject: id });
}

/** A run with where it stands; one that has ended stands nowhere. */
async function lineOf(tx: Tx, { failure, ...run }: ListedRun): Promise<RunLine> {
  const at = run.endedAt === null ? await standingSteps(tx, run.id) : [];
  const isFailed = run.state === 'failed' && failure !== null;
  return {
    ...run,
    at,
    failure: isFailed ? { step: failure.step, code: failure.code, message: failure.message } : null,
  };
}

/** What a step that waited for somebody left on the message. */
function answerIn(outcome: unknown): StepLine['answer'] {
  const { choice, by } = fieldsAt(outcome, 'set', 'answer') ?? {};
  return typeof choice === 'string' && typeof by === 'string' ? { choice, by } : null;
}
