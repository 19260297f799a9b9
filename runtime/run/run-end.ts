import { nextTurn } from '../../lib/async/event-loop';
import type { LeftBranch } from '../../lib/state/tables/workflow';
import { failuresOf } from '../../lib/workflow/position';
import { Runs } from '../../lib/workflow/runs';
import { hint } from '../hints';
import type { AdapterMessage } from '../message';
import { type ActiveRun, activeRuns, noteCompleted } from './active-run';
import { placeInRun } from './durable';
import { outsideRun } from './run-step';

/** How a message ended its run. */
export type RunEnd =
  /** `left`: the branches that it left behind. */
  | { is: 'ended'; key: string; left: LeftBranch[] }
  /** Other branches of it have failed: it goes on once it is resumed. */
  | { is: 'failed'; key: string; left: LeftBranch[] }
  /** It had ended before, or the message is of an older pass. */
  | { is: 'over' };

export interface EndWanted {
  state: 'completed' | 'failed';
  result: Record<string, unknown>;
  /** The end node, for a person. */
  label: string;
  /** Aborts when the node closes. */
  signal: AbortSignal;
  /** Told of what the end waits for. */
  waits(key: string, steps: string[]): void;
}

/** Turns of the event loop within which a message that leaves a step reaches the next one, unless a node between them takes
 *  time. */
export const turnsBetweenSteps = 100;

/** Ends the run that a message belongs to. *Completed* waits for the steps that other branches are doing; *failed* gives them
 *  up.
 *  @throws INPUT_MISSING outside a run; STATE_RUNS_MIXED; INPUT_INVALID naming what of the result cannot be stored */
export async function endRun(msg: AdapterMessage, wanted: EndWanted): Promise<RunEnd> {
  const place = await placeInRun(msg, wanted.label);
  if (!place) throw outsideRun();
  const active = activeRuns.get(place.id);
  if (active?.run.pass !== place.pass) return { is: 'over' };
  active.branches.arrive(place.ways, failuresOf(msg));
  return wanted.state === 'completed' ? complete(active, wanted) : giveUp(active, wanted);
}

async function complete(active: ActiveRun, wanted: EndWanted): Promise<RunEnd> {
  const { key } = active.run;
  const left = await active.during(wanted.signal, signal => whenQuiet(active, signal, wanted.waits));
  if (left.some(({ state }) => state === 'failed')) {
    await active.journal.stopAgain();
    hint('runs', 'overview');
    return { is: 'failed', key, left };
  }
  if (!(await store(active, wanted, left))) return { is: 'over' };
  noteCompleted(active);
  return { is: 'ended', key, left };
}

async function giveUp(active: ActiveRun, wanted: EndWanted): Promise<RunEnd> {
  const left = active.branches.left().filter(({ state }) => state === 'at work');
  if (!(await store(active, wanted, left))) return { is: 'over' };
  await active.stop();
  return { is: 'ended', key: active.run.key, left };
}

async function store(active: ActiveRun, { state, result }: EndWanted, left: LeftBranch[]): Promise<boolean> {
  const { run, clock } = active;
  const kept = left.length > 0 ? { ...result, left } : result;
  const isEnded = await new Runs(active.store, clock, run.name).end(run, state, kept);
  if (activeRuns.get(run.id) === active) activeRuns.delete(run.id);
  hint('runs', 'overview');
  return isEnded;
}

/** The other branches, once none is at work. */
async function whenQuiet(active: ActiveRun, signal: AbortSignal, waits: EndWanted['waits']): Promise<LeftBranch[]> {
  const aborted = new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
  for (let turn = 0; ; turn += 1) {
    signal.throwIfAborted();
    const left = active.branches.left();
    const working = left.filter(({ state }) => state === 'at work').map(({ step }) => step);
    if (left.length === 0 || (working.length === 0 && turn >= turnsBetweenSteps)) return left;
    if (working.length > 0) {
      waits(active.run.key, working);
      await Promise.race([Promise.allSettled(active.branches.atWork()), aborted]);
      turn = 0;
    }
    await nextTurn();
  }
}
