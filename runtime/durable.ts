import { setMaxListeners } from 'node:events';
import type { Clock } from '../lib/clock';
import { AdapterError } from '../lib/errors';
import type { Store, Tx } from '../lib/state/port';
import { addLeftBranch, type Run } from '../lib/state/workflow-rows';
import { Branches } from '../lib/workflow/branches';
import { branchOrder } from '../lib/workflow/digest';
import { Journal, type Made } from '../lib/workflow/journal';
import { isSuperseded, performStep, type RetryPolicy, toFailure } from '../lib/workflow/perform';
import { type Place, type Position, placeOf, positionsOf, stepName, wayOf } from '../lib/workflow/position';
import { checked } from '../lib/workflow/storable';
import type { AdapterMessage } from './message';
import type { StatusName } from './status';

/** How to run the steps of a workflow. */
export interface RunPolicy extends RetryPolicy {
  /** Called once a failure of the pass is on its way to Catch. */
  onFailure(run: Run): void;
}

/** One pass of one run that is under way in this process. */
export class ActiveRun {
  readonly journal: Journal;
  readonly branches = new Branches();
  /** A deploy closed a node while it did a step of this run, so its message is gone. */
  interrupted = false;
  private readonly ending = new AbortController();
  private readonly steps = new Set<Promise<unknown>>();

  constructor(
    readonly run: Run,
    readonly store: Store,
    readonly clock: Clock,
    readonly policy: RunPolicy,
  ) {
    this.journal = new Journal(store, clock, run);
  }

  /** Where the message of this pass begins. */
  get position(): Position {
    return { id: this.run.id, key: this.run.key, pass: this.run.pass, visits: {}, last: '' };
  }

  /** A step of it is being done now. */
  get busy(): boolean {
    return this.steps.size > 0;
  }

  /** Does a step with a signal that the end of the node or of the pass aborts. */
  async during<T>(nodeClosed: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = new AbortController();
    const end = () => either.abort(new AdapterError('ABORTED', 'The step was given up.', { retryable: true }));
    const ends = [nodeClosed, this.ending.signal];
    if (ends.some(signal => signal.aborted)) end();
    for (const signal of ends) {
      setMaxListeners(0, signal); // a node may do the steps of many runs at once
      signal.addEventListener('abort', end, { once: true });
    }
    const doing = work(either.signal);
    this.steps.add(doing);
    try {
      return await doing;
    } catch (error) {
      if (nodeClosed.aborted) this.interrupted = true;
      else if (this.ending.signal.aborted) throw superseded(this.run.key);
      throw error;
    } finally {
      this.steps.delete(doing);
      for (const signal of ends) signal.removeEventListener('abort', end);
    }
  }

  /** Gives up what the pass is doing; when it resolves nothing of it is under way, so that no later pass acts beside it. */
  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled([...this.steps]);
  }
}

function unlessSuperseded(error: unknown): void {
  if (!isSuperseded(error)) throw error;
}

/** Runs that were completed in this process, the newest last, so that a branch which comes too late is told of. */
const completed = new Map<string, ActiveRun>();
const mostCompleted = 1000;

export function noteCompleted(active: ActiveRun): void {
  completed.set(active.run.id, active);
  const [oldest] = completed.keys();
  if (completed.size > mostCompleted && oldest !== undefined) completed.delete(oldest);
}

/** Why a message stops at a step; a branch that an end has cut off is noted with the run. */
async function stopped({ id, key, pass }: Omit<Place, 'ways'>, step: string): Promise<AdapterError> {
  const ended = completed.get(id);
  if (ended?.run.pass !== pass) return superseded(key);
  await ended.store.transaction(tx => addLeftBranch(tx, id, { step, state: 'late' }));
  return new AdapterError(
    'STATE_RUN_ENDED',
    `The run "${key}" was completed before this branch of it came to "${step}", which is not done now. ` +
      'Join the branches before workflow end.',
    { subject: key, details: { isCutOff: true } },
  );
}

function superseded(key: string): AdapterError {
  return new AdapterError('STATE_RUN_ENDED', `The run "${key}" has ended or was started again.`, { subject: key });
}

/** The runs under way in this process, by id; the start node of their workflow puts them here. */
export const activeRuns = new Map<string, ActiveRun>();

/** What a node made of a message: where it goes on (`null`: the first output), and which properties change. */
export interface StepOutcome {
  to: string | null;
  set: Record<string, unknown>;
  status?: string;
  look?: StatusName;
}

/** An outcome that is made inside a transaction of the store, because rows of ours belong to it. */
export class Within<O> {
  constructor(
    readonly store: Store,
    readonly work: (tx: Tx) => Promise<O>,
  ) {}
}

/** What a node's `run` may return. */
export type Returned<O> = O | Within<O> | null;

/** The outcome of a node outside a run. */
export function settled<O>(returned: Returned<O>): O | null | Promise<O> {
  return returned instanceof Within ? returned.store.transaction(returned.work) : returned;
}

export interface DurableStep {
  node: string;
  label: string;
  inputs: Record<string, unknown>;
  hasEffect: boolean;
  act(since: number, signal: AbortSignal): Promise<Returned<StepOutcome>>;
  lookUp: ((since: number, signal: AbortSignal) => Promise<Returned<StepOutcome>>) | null;
  /** Aborts when the node closes. */
  signal: AbortSignal;
  /** Whether a message that leaves this output can come to a step or an end. */
  leadsOn(to: string | null): boolean;
}

/** Where a message is; `undefined` outside a run.
 *  @throws STATE_RUNS_MIXED when it carries parts of several runs, all of which are failed then */
export async function placeInRun(msg: AdapterMessage, step: string): Promise<Place | undefined> {
  try {
    return placeOf(msg);
  } catch (error) {
    const active = new Set(positionsOf(msg).flatMap(({ id }) => activeRuns.get(id) ?? []));
    await Promise.all([...active].map(({ journal }) => journal.stop(toFailure(error, step)).catch(unlessSuperseded)));
    throw error;
  }
}

/** Does one node of a run as a durable step: the journal answers, or the call is made and recorded. A failure names the
 *  run and the step in `cause.run`.
 *  @throws STATE_RUN_ENDED for a message of an older pass or an ended run. */
export async function durably(
  msg: Record<string, unknown>,
  place: Place,
  step: DurableStep,
): Promise<StepOutcome | null> {
  const { ways, ...where } = place;
  const active = activeRuns.get(where.id);
  if (active?.run.pass !== where.pass) throw await stopped(where, step.label);
  const visit = (where.visits[step.node] ?? 0) + 1;
  const { label, inputs, hasEffect, lookUp } = step;
  const key = { node: step.node, visit, cameFrom: wayOf(ways, partOf(msg)) };
  const doing = active.during(step.signal, signal =>
    performStep<Recorded | null>(
      active.journal,
      {
        ...{ key, label, hasEffect },
        inputs: ways.length > 1 ? { ...inputs, [branchOrder]: ways } : inputs,
        act: async since => recording(await step.act(since, signal), active.store),
        lookUp: lookUp && (async since => found(await lookUp(since, signal), active.store)),
      },
      active.policy,
      active.clock,
      signal,
    ),
  );
  const begun = active.branches.begin(label, placeName(step.node, visit), ways, doing);
  try {
    const { outcome, step: done } = await doing;
    const last = stepName(done);
    begun.done(last, () => outcome !== null && step.leadsOn(outcome.to));
    const workflow: Position = { ...where, visits: { ...where.visits, [step.node]: visit }, last };
    return outcome && replayed(outcome, workflow);
  } catch (error) {
    if (step.signal.aborted || isSuperseded(error)) {
      begun.givenUp();
      throw error;
    }
    begun.failed();
    if (!(error instanceof AdapterError)) throw error;
    // Only a deploy can mend a changed step, so each start looks again: nothing to do by hand once the flow is put back.
    if (error.code !== 'STATE_STEP_CHANGED') active.policy.onFailure(active.run);
    const run = { id: where.id, key: where.key, step: label, node: step.node, visit };
    const failure = new AdapterError(error.code, error.message, { ...error.cause, run });
    if (error.stack) failure.stack = error.stack;
    throw failure;
  }
}

/** A failure, as a message that tells of it names it. */
export const placeName = (node: string, visit: number): string => `${node}:${visit}`;

/** Messages that were split before the node are told apart by their place, which a later pass gives again. */
function partOf(msg: Record<string, unknown>): string | undefined {
  const parts = msg.parts;
  return typeof parts === 'object' && parts !== null && 'index' in parts ? String(parts.index) : undefined;
}

/** An outcome as the journal keeps it: what JSON has no word for, a property that is removed, is listed apart. */
type Recorded = StepOutcome & { unset?: string[] };

function recording(returned: Returned<StepOutcome>, store: Store): Made<Recorded | null> {
  if (!(returned instanceof Within)) return { outcome: returned && recorded(returned) };
  if (returned.store === store) return { within: async tx => recorded(await returned.work(tx)) };
  return { within: async () => recorded(await returned.store.transaction(returned.work)) };
}

function found(returned: Returned<StepOutcome>, store: Store): Made<Recorded | null> | null {
  return returned === null ? null : recording(returned, store);
}

function recorded(outcome: StepOutcome): Recorded {
  const entries = Object.entries(outcome.set);
  const kept = entries.filter(([, value]) => value !== undefined);
  for (const [name, value] of kept) checked(value, `msg.${name}`, new Set());
  return {
    ...outcome,
    set: Object.fromEntries(kept),
    unset: entries.filter(([, value]) => value === undefined).map(([name]) => name),
  };
}

/** From the journal back to an outcome; the position moves on with it. */
function replayed(outcome: Recorded, workflow: Position): StepOutcome {
  const { unset = [], set, ...rest } = outcome;
  const removed = Object.fromEntries(unset.map(name => [name, undefined]));
  return { ...rest, set: { ...set, ...removed, workflow } };
}
