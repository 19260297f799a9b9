import { setMaxListeners } from 'node:events';
import type { Clock } from '../lib/clock';
import { AdapterError } from '../lib/errors';
import type { Store, Tx } from '../lib/state/port';
import type { Run } from '../lib/state/workflow-rows';
import { Journal, type Made } from '../lib/workflow/journal';
import { performStep, type RetryPolicy } from '../lib/workflow/perform';
import type { Position } from '../lib/workflow/position';
import { checked } from '../lib/workflow/storable';
import type { StatusName } from './status';

/** How to run the steps of a workflow. */
export interface RunPolicy extends RetryPolicy {
  /** Called once a failure of the pass is on its way to Catch. */
  onFailure(run: Run): void;
}

/** One pass of one run that is under way in this process. */
export class ActiveRun {
  readonly journal: Journal;
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
}

/** Does one node of a run as a durable step: the journal answers, or the call is made and recorded. A failure names the
 *  run and the step in `cause.run`.
 *  @throws STATE_RUN_ENDED for a message of an older pass or an ended run. */
export async function durably(
  msg: Record<string, unknown>,
  position: Position,
  step: DurableStep,
): Promise<StepOutcome | null> {
  const active = activeRuns.get(position.id);
  if (active?.run.pass !== position.pass) throw superseded(position.key);
  const visit = (position.visits[step.node] ?? 0) + 1;
  const { label, inputs, hasEffect, lookUp } = step;
  const key = { node: step.node, visit, cameFrom: `${position.last}${partOf(msg)}` };
  try {
    const { outcome, step: done } = await active.during(step.signal, signal =>
      performStep<Recorded | null>(
        active.journal,
        {
          ...{ key, label, inputs, hasEffect },
          act: async since => recording(await step.act(since, signal), active.store),
          lookUp: lookUp && (async since => found(await lookUp(since, signal), active.store)),
        },
        active.policy,
        active.clock,
        signal,
      ),
    );
    const last = `${step.node}:${visit}:${done.branch}`;
    const workflow: Position = { ...position, visits: { ...position.visits, [step.node]: visit }, last };
    return outcome && replayed(outcome, workflow);
  } catch (error) {
    if (step.signal.aborted || !(error instanceof AdapterError) || error.code === 'STATE_RUN_ENDED') throw error;
    // Only a deploy can mend a changed step, so each start looks again: nothing to do by hand once the flow is put back.
    if (error.code !== 'STATE_STEP_CHANGED') active.policy.onFailure(active.run);
    const run = { id: position.id, key: position.key, step: label, node: step.node, visit };
    const failure = new AdapterError(error.code, error.message, { ...error.cause, run });
    if (error.stack) failure.stack = error.stack;
    throw failure;
  }
}

/** Messages that were split before the node are told apart by their place, which a later pass gives again. */
function partOf(msg: Record<string, unknown>): string {
  const parts = msg.parts;
  return typeof parts === 'object' && parts !== null && 'index' in parts ? `/${String(parts.index)}` : '';
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
