import { randomUUID } from 'node:crypto';
import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import type { Store, Tx } from '../state/port';
import { addDeskAct } from '../state/tables/desk-acts';
import {
  type BegunElsewhere,
  begunElsewhere,
  handRunsOn,
  type OwnedRun,
  renameSomeEnded,
  renameUnended,
} from '../state/tables/run-owners';
import type { Step } from '../state/tables/step';
import { reopenSteps, restartSteps, type StepId, skipSteps, stepsOfRun } from '../state/tables/step';
import type { Run, RunState } from '../state/tables/workflow';
import {
  addRun,
  findCompleted,
  findNewest,
  findRun,
  findUnended,
  listRuns,
  listToSend,
  pruneRuns,
  removeRun,
  setRunEnded,
  startPass,
} from '../state/tables/workflow';
import { checked, toStorable } from './storable';

export interface StartOptions {
  /** A run with this key that was completed counts. */
  oncePerKey?: boolean;
  /** What is written together with the run. */
  note?(tx: Tx, run: Run): Promise<void>;
}

/** Ended runs renamed in one transaction; more would hold up every other writer. */
const endedAtOnce = 500;

/** The runs of one workflow. Every method is one transaction, except `takeOver`, which takes over ended runs in parts. */
export class Runs {
  readonly #store: Store;
  readonly #clock: Clock;
  /** The node that begins them. */
  readonly #startNode: string | null;

  constructor(
    store: Store,
    clock: Clock,
    readonly name: string,
    startNode: string | null = null,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#startNode = startNode;
  }

  /** Stores the message and opens a run, or answers the run with this key that is not ended; with `oncePerKey` also the one
   *  that was completed.
   *  @throws INPUT_INVALID naming a property of the message that cannot be stored. */
  async start(
    key: string,
    msg: Record<string, unknown>,
    { oncePerKey = false, note }: StartOptions = {},
  ): Promise<{ run: Run; started: boolean }> {
    const { text, missing } = toStorable(msg);
    return this.#store.transaction(async tx => {
      const done = oncePerKey ? await findCompleted(tx, this.name, key) : null;
      const found = done ? { run: done, started: false } : await this.#open(tx, key, text, missing);
      await note?.(tx, found.run);
      return found;
    });
  }

  /** Adds a run, or finds the open one of this key; in one transaction, so that two messages of one key make one run. */
  async #open(tx: Tx, key: string, message: string, missing: string[]) {
    const id = randomUUID();
    const { name } = this;
    const startNode = this.#startNode;
    const started = await addRun(tx, { id, name, key, message, missing, startNode, now: this.#clock.now() });
    const run = started ? await findRun(tx, id) : await findUnended(tx, name, key);
    return { run: run ?? unknownRun(id), started };
  }

  /** Sends a run through the flow again: its message, with the pass that fences off older messages. What becomes of
   *  steps that failed, or that the flow would now do with other values:
   *  `replay`: they fail again with the same words (after a crash); `resume`: they are done anew, if the values are those
   *  recorded; `restart`: they are done with the values of the flow as it is now, once it is known that
   *  their call did not happen; `skip`: they count as
   *  done with nothing changed.
   *  @throws STATE_RUN_ENDED */
  pass(id: string, how: 'replay' | 'resume' | 'restart' | 'skip'): Promise<Run> {
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const before = await findRun(tx, id);
      if (how === 'resume') await reopenSteps(tx, id);
      if (how === 'skip') await skipSteps(tx, id, { to: null, set: {} }, now);
      if (how === 'restart') await restartSteps(tx, id, changedStep(before), now);
      const run = await startPass(tx, id, now);
      if (!run) throw new AdapterError('STATE_RUN_ENDED', `The run ${id} has ended or is not known.`, { subject: id });
      return run;
    });
  }

  /** Runs to send again after a start of Node-RED, the oldest first. */
  toSend(): Promise<Array<{ id: string; state: 'open' | 'failed' }>> {
    return this.#store.transaction(tx => listToSend(tx, this.name, this.#startNode));
  }

  /** What this start node began under another name goes on under this one, noted in the history as done by `who`; runs that
   *  have ended come with it, so that once per key stays once. `held`: runs that keep their name, because an unended run of
   *  the new one has their key. Safe to repeat. */
  async takeOver(who: string): Promise<{ renamed: OwnedRun[]; held: OwnedRun[] }> {
    const { name } = this;
    const startNode = this.#startNode;
    if (startNode === null) return { renamed: [], held: [] };
    const taken = await this.#store.transaction(async tx => {
      const { renamed, held } = await renameUnended(tx, startNode, name);
      for (const [from, runs] of byName(renamed)) {
        const act = { at: this.#clock.now(), who, what: 'renameRuns', subject: `${from} → ${name}`, why: '' };
        await addDeskAct(tx, { ...act, count: runs.length });
      }
      return { renamed, held };
    });
    let moved: number;
    do moved = await this.#store.transaction(tx => renameSomeEnded(tx, startNode, name, endedAtOnce));
    while (moved === endedAtOnce);
    return taken;
  }

  /** From now on the runs of this workflow that a deleted start node began belong to this one. Returns those whose start node
   *  still exists. */
  inherit(isGone: (startNode: string) => boolean): Promise<BegunElsewhere[]> {
    const { name } = this;
    const startNode = this.#startNode;
    if (startNode === null) return Promise.resolve([]);
    return this.#store.transaction(async tx => {
      const others = await begunElsewhere(tx, name, startNode);
      const [gone, there] = [others.filter(of => isGone(of.startNode)), others.filter(of => !isGone(of.startNode))];
      for (const { startNode: from } of gone) await handRunsOn(tx, name, from, startNode);
      return there;
    });
  }

  /** Runs of this workflow, in one state or (null) in any, the newest first. */
  list(state: RunState | null, limit: number): Promise<Run[]> {
    return this.#store.transaction(tx => listRuns(tx, this.name, state, limit));
  }

  /** A run of this workflow by its id or key; of several with one key the one that is not ended, else the newest. */
  find(idOrKey: string): Promise<Run | null> {
    return this.#store.transaction(async tx => {
      const run = await findRun(tx, idOrKey);
      if (run?.name === this.name) return run;
      return (await findUnended(tx, this.name, idOrKey)) ?? findNewest(tx, this.name, idOrKey);
    });
  }

  /** The journal of a run, in the order in which its steps began. */
  steps(id: string): Promise<Step[]> {
    return this.#store.transaction(tx => stepsOfRun(tx, id));
  }

  /** Ends a run; what it left behind is in its steps. False when it had ended before, or is in another pass than `pass`.
   *  @throws INPUT_INVALID naming what of the result cannot be stored */
  async end(
    { id, pass = null }: { id: string; pass?: number | null },
    state: 'completed' | 'failed' | 'cancelled',
    result: Record<string, unknown> | null,
  ): Promise<boolean> {
    for (const [name, value] of Object.entries(result ?? {})) checked(value, name, new Set());
    return this.#store.transaction(tx => setRunEnded(tx, id, state, result, pass, this.#clock.now()));
  }

  /** Removes an ended run and its steps. False when it has not ended or is unknown. */
  forget(id: string): Promise<boolean> {
    return this.#store.transaction(tx => removeRun(tx, id));
  }

  /** Removes runs that ended more than `retentionMs` ago. */
  prune(retentionMs: number): Promise<number> {
    return this.#store.transaction(tx => pruneRuns(tx, this.name, this.#clock.now() - retentionMs));
  }
}

/** By the name they have, in their order. */
export function byName(runs: readonly OwnedRun[]): Map<string, OwnedRun[]> {
  const names = new Map<string, OwnedRun[]>();
  for (const run of runs) {
    const alike = names.get(run.name);
    if (alike) alike.push(run);
    else names.set(run.name, [run]);
  }
  return names;
}

/** The step at which a run stopped because its inputs had changed, from the failure that `Journal` recorded. */
function changedStep(run: Run | null): StepId | null {
  const details = run?.failure?.code === 'STATE_STEP_CHANGED' ? run.failure.cause.details : null;
  return typeof details === 'object' && details !== null && 'step' in details ? (details.step as StepId) : null;
}

function unknownRun(id: string): never {
  throw new AdapterError('STATE_UNAVAILABLE', `The run ${id} was written but cannot be read back.`);
}
