import { setMaxListeners } from 'node:events';
import type { Clock } from '../../lib/async/clock';
import { AdapterError } from '../../lib/errors';
import type { Store } from '../../lib/state/port';
import { addLeftBranch, type Run } from '../../lib/state/tables/workflow';
import { Branches } from '../../lib/workflow/branches';
import { Gatherings } from '../../lib/workflow/gathering';
import { Journal } from '../../lib/workflow/journal';
import type { Place, Position } from '../../lib/workflow/position';
import type { RetryPolicy } from '../../lib/workflow/retry-policy';

/** How the steps of a workflow are tried again, and who hears of a failure. */
export interface RunPolicy extends RetryPolicy {
  /** Called once a failure of the pass is on its way to Catch. */
  onFailure(run: Run): void;
}

/** One pass of one run that is under way in this process. */
export class ActiveRun {
  readonly journal: Journal;
  readonly branches = new Branches();
  readonly gatherings = new Gatherings();
  /** A deploy closed a node while it did a step of this run, so its message is gone. */
  interrupted = false;
  readonly #ending = new AbortController();
  readonly #steps = new Set<Promise<unknown>>();

  constructor(
    readonly run: Run,
    readonly store: Store,
    readonly clock: Clock,
    readonly policy: RunPolicy,
    /** The node that sends its message. */
    readonly startNode: string,
  ) {
    this.journal = new Journal(store, clock, run);
  }

  /** Where the message of this pass begins. */
  get position(): Position {
    return { id: this.run.id, key: this.run.key, pass: this.run.pass, visits: {}, last: '' };
  }

  /** Whether a step of it is being done now. A waiting join does not count: a deploy may have removed what it waits for. */
  get busy(): boolean {
    return this.#steps.size > this.gatherings.waiting;
  }

  /** Does a step with a signal that aborts when the node closes or the pass ends. */
  async during<T>(nodeClosed: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = new AbortController();
    const end = () => either.abort(new AdapterError('ABORTED', 'The step was given up.', { retryable: true }));
    const ends = [nodeClosed, this.#ending.signal];
    if (ends.some(signal => signal.aborted)) end();
    for (const signal of ends) {
      setMaxListeners(0, signal); // a node may do the steps of many runs at once
      signal.addEventListener('abort', end, { once: true });
    }
    const doing = work(either.signal);
    this.#steps.add(doing);
    try {
      return await doing;
    } catch (error) {
      if (nodeClosed.aborted) this.interrupted = true;
      else if (this.#ending.signal.aborted) throw superseded(this.run.key);
      throw error;
    } finally {
      this.#steps.delete(doing);
      for (const signal of ends) signal.removeEventListener('abort', end);
    }
  }

  /** Aborts what the pass is doing. Once it resolves nothing is under way, so no later pass acts beside it. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled([...this.#steps]);
  }
}

/** The runs under way in this process, by id; the start node of their workflow puts them here. */
export const activeRuns = new Map<string, ActiveRun>();

/** The pass that a message belongs to. @throws STATE_RUN_ENDED for one of an older pass or of an ended run */
export async function activeAt({ id, key, pass }: Omit<Place, 'ways' | 'visits'>, step: string): Promise<ActiveRun> {
  const active = activeRuns.get(id);
  if (active?.run.pass === pass) return active;
  throw await stopped({ id, key, pass }, step);
}

/** The newest runs that were completed in this process, so that a branch which comes too late can be reported. */
const completed = new Map<string, { pass: number; store: Store }>();
const mostCompleted = 1000;

export function noteCompleted({ run, store }: ActiveRun): void {
  completed.set(run.id, { pass: run.pass, store });
  const [oldest] = completed.keys();
  if (completed.size > mostCompleted && oldest !== undefined) completed.delete(oldest);
}

/** Why a message stops at a step. A branch that an end has cut off is noted in the run as well. */
async function stopped({ id, key, pass }: Omit<Place, 'ways' | 'visits'>, step: string): Promise<AdapterError> {
  const ended = completed.get(id);
  if (ended?.pass !== pass) return superseded(key);
  await ended.store.transaction(tx => addLeftBranch(tx, id, { step, state: 'late' })).catch(() => undefined); // it is told
  return AdapterError.advising(
    'STATE_RUN_ENDED',
    `The run "${key}" was completed before this branch of it came to "${step}", which is not done now. ` +
      'Join the branches before workflow end.',
    { subject: key, details: { isCutOff: true } },
  );
}

function superseded(key: string): AdapterError {
  return new AdapterError('STATE_RUN_ENDED', `The run "${key}" has ended or was started again.`, { subject: key });
}
