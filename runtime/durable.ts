import type { Clock } from '../lib/clock';
import { AdapterError } from '../lib/errors';
import type { Store, Tx } from '../lib/state/port';
import type { Run } from '../lib/state/workflow-rows';
import { Journal } from '../lib/workflow/journal';
import { type Made, performStep, type RetryPolicy } from '../lib/workflow/perform';
import type { Position } from '../lib/workflow/position';
import { checked } from '../lib/workflow/storable';
import type { StatusName } from './status';

/** One pass of one run that is under way in this process. */
export class ActiveRun {
  readonly journal: Journal;
  /** Steps being done now. */
  busy = 0;
  /** A deploy closed a node while it did a step of this run, so its message is gone. */
  interrupted = false;

  constructor(
    readonly run: Run,
    readonly store: Store,
    readonly clock: Clock,
    readonly policy: RetryPolicy,
  ) {
    this.journal = new Journal(store, clock, run);
  }

  /** Where the message of this pass begins. */
  get position(): Position {
    return { id: this.run.id, key: this.run.key, pass: this.run.pass, visits: {}, last: '' };
  }
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
  act(since: number): Promise<Returned<StepOutcome>>;
  lookUp: ((since: number) => Promise<Returned<StepOutcome>>) | null;
  signal: AbortSignal;
}

/** Does one node of a run as a durable step: the journal answers, or the call is made and recorded.
 *  @throws STATE_RUN_ENDED for a message of an older pass or an ended run. */
export async function durably(
  msg: Record<string, unknown>,
  position: Position,
  step: DurableStep,
): Promise<StepOutcome | null> {
  const active = activeRuns.get(position.id);
  if (active?.run.pass !== position.pass) {
    throw new AdapterError('STATE_RUN_ENDED', `The run "${position.key}" has ended or was started again.`, {
      subject: position.key,
    });
  }
  const visit = (position.visits[step.node] ?? 0) + 1;
  const { lookUp } = step;
  active.busy += 1;
  try {
    const { outcome, step: done } = await performStep<Recorded | null>(
      active.journal,
      {
        key: { node: step.node, visit, cameFrom: `${position.last}${partOf(msg)}` },
        label: step.label,
        inputs: step.inputs,
        act: async since => recording(await step.act(since), active.store),
        lookUp: lookUp && (async since => found(await lookUp(since), active.store)),
      },
      active.policy,
      active.clock,
      step.signal,
    );
    const last = `${step.node}:${visit}:${done.branch}`;
    const workflow: Position = { ...position, visits: { ...position.visits, [step.node]: visit }, last };
    return outcome && replayed(outcome, workflow);
  } catch (error) {
    if (step.signal.aborted) active.interrupted = true;
    throw error;
  } finally {
    active.busy -= 1;
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
  if (!(returned instanceof Within)) return async () => returned && recorded(returned);
  if (returned.store === store) return async tx => recorded(await returned.work(tx));
  return async () => recorded(await returned.store.transaction(returned.work));
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
