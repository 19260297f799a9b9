import { setMaxListeners } from 'node:events';
import type { Clock } from '../../lib/async/clock';
import { nextTurn } from '../../lib/async/event-loop';
import { AdapterError } from '../../lib/errors';
import type { Store } from '../../lib/state/port';
import type { UnendedRun } from '../../lib/state/tables/recorded-steps';
import { standingSteps } from '../../lib/state/tables/run-list';
import type { OwnedRun } from '../../lib/state/tables/run-owners';
import type { Run, RunState } from '../../lib/state/tables/workflow';
import { chosenRuns, readRunFilter } from '../../lib/workflow/chosen-runs';
import {
  describeRun,
  describeStanding,
  describeStep,
  type RunDescription,
  type StandingDescription,
  type StepDescription,
} from '../../lib/workflow/describe';
import type { Position } from '../../lib/workflow/position';
import type { RetryPolicy } from '../../lib/workflow/retry-policy';
import { byName, Runs, type StartOptions } from '../../lib/workflow/runs';
import { hint } from '../hints';
import { ActiveRun, activeRuns } from './active-run';

/** What a control message can ask of one run. */
export type Control = 'resume' | 'restart' | 'skip' | 'cancel' | 'forget';

/** What a control message did to one of several runs. */
export interface SteeredRun {
  id: string;
  key: string;
  /** Afterwards. */
  state: RunState | null;
  /** Why nothing was done with it. */
  problem: string | null;
}

export interface WorkflowOptions {
  store: Store;
  clock: Clock;
  name: string;
  policy: RetryPolicy;
  retentionMs: number;
  signal: AbortSignal;
  /** Sends a run's message through the flow. */
  send(message: Record<string, unknown>): void;
  warn(key: string, values: Record<string, string | number>): void;
  log(key: string, values: Record<string, string | number>): void;
  nodeExists(id: string): boolean;
  /** What people call a node of the flows, also one that is disabled; undefined for one that is gone. */
  nodeName(id: string): string | undefined;
  /** Why the flows stop unended runs of a workflow, as sentences. */
  stops(store: Store, workflow: string, isMeant: (run: UnendedRun) => boolean): Promise<string[]>;
  /** The start node. */
  nodeId: string;
  /** It, for a person. */
  owner: string;
  /** Closing waits for its end. */
  track(work: Promise<void>): void;
  fail(error: unknown): void;
}

/** Workflows that a start node of this process runs: two start nodes of one name would both resume its runs. */
const owned = new Set<string>();
const pruneEveryMs = 3_600_000;
/** Runs sent at once after a start; the event loop is free in between. */
const burst = 20;
/** How long a Catch branch has to take up a failure; a deploy after that does not report it again. */
const tellingMs = 1_000;
/** Failed runs, by id, whose failure Catch has had in this process; the next process reports those still failed again. */
const told = new Set<string>();

/** The runs of one start node: it starts them, and after a crash, restart or deploy it sends the open ones again. */
export class Workflow {
  readonly runs: Runs;
  readonly #owner: string;
  /** A deploy elsewhere does not tell it again. */
  #stopsTold = '';

  /** Its runs that have another name go on under this one.
   *  @throws INPUT_CONFIG when another start node runs this workflow. */
  static async open(options: WorkflowOptions): Promise<Workflow> {
    const workflow = new Workflow(options);
    try {
      await workflow.#takeOver();
      options.signal.throwIfAborted();
      return workflow;
    } catch (error) {
      owned.delete(workflow.#owner);
      throw error;
    }
  }

  readonly #options: WorkflowOptions;

  private constructor(options: WorkflowOptions) {
    this.#options = options;
    const { store, clock, name, signal, nodeId } = options;
    this.#owner = `${store.name}\n${name}`;
    if (owned.has(this.#owner)) {
      throw AdapterError.advising(
        'INPUT_CONFIG',
        `workflowName: another start node runs the workflow "${name}". Give each its own name.`,
        {
          subject: 'workflowName',
        },
      );
    }
    owned.add(this.#owner);
    this.runs = new Runs(store, clock, name, nodeId);
    setMaxListeners(0, signal); // many may fail at once, and each is told
    signal.addEventListener('abort', () => options.track(this.#close()), { once: true });
  }

  /** Opens a run, or answers the one with this key that is not ended, or (once per key) was completed.
   *  @throws INPUT_MISSING without a key */
  async start(
    key: string | undefined,
    msg: Record<string, unknown>,
    options?: StartOptions,
  ): Promise<{ run: Run; position: Position | null }> {
    if (!key) {
      throw new AdapterError('INPUT_MISSING', 'runKey: a run needs a key, such as the name of the plan.', {
        subject: 'runKey',
      });
    }
    const { run, started } = await this.runs.start(key, msg, options);
    hint('runs', 'overview');
    return { run, position: started ? this.#activate(run).position : null };
  }

  /** The same for another run, which asks for this one: its message is sent. */
  async begin(key: string, msg: Record<string, unknown>, options: StartOptions): Promise<Run> {
    const starting = this.start(key, msg, options);
    this.#options.track(starting.then(() => undefined)); // the next start node finds the run
    const { run, position } = await starting;
    if (position) this.#options.send({ ...run.message, workflow: position });
    return run;
  }

  /** Sends every open run again whose message is not being handled. `isTouched`: what was started is where their messages may be;
   *  else those on their way in this process still are. */
  async resumeOpen(isTouched: () => boolean): Promise<void> {
    const before = new Set(activeRuns.values());
    await this.#settleNames();
    await this.#tellStops();
    const runs = await this.runs.toSend();
    const mayBeLost = isTouched();
    for (const [index, { id, state }] of runs.entries()) {
      if (this.#options.signal.aborted) return;
      if (state === 'failed' && told.has(id)) continue;
      if (index % burst === burst - 1) await nextTurn();
      const active = activeRuns.get(id);
      // A run that began after the flows started is on its way in them.
      if (active && !before.has(active)) continue;
      if (active && !active.interrupted && (active.busy || !mayBeLost)) continue;
      // One run that cannot be sent must not hold up the others.
      await this.send(id, 'replay').catch(error => this.#unlessEnded(error));
    }
    await this.runs.prune(this.#options.retentionMs);
  }

  /** Runs that it began under another name; answers those whose key is taken under this one. */
  async #takeOver(): Promise<OwnedRun[]> {
    const { name, owner, log } = this.#options;
    const { renamed, held } = await this.runs.takeOver(owner);
    for (const [from, runs] of byName(renamed))
      log('log.renamed', { from, name, count: runs.length, keys: some(runs) });
    if (renamed.length > 0) hint('runs', 'overview', 'acts');
    return held;
  }

  /** Done after the flows have started: only then is it known which start nodes are gone and which keys are free. */
  async #settleNames(): Promise<void> {
    const { name, nodeName, warn } = this.#options;
    for (const [from, runs] of byName(await this.#takeOver()))
      warn('warning.keyTaken', { from, name, count: runs.length, keys: some(runs) });
    for (const { startNode, count } of await this.runs.inherit(id => nodeName(id) === undefined))
      warn('warning.begunElsewhere', { name, node: nodeName(startNode) ?? startNode, count });
  }

  /** Warns before runs stop, including runs that wait in a node which this deploy left alone. */
  async #tellStops(): Promise<void> {
    const { store, name, nodeId, stops, warn } = this.#options;
    const isMine = ({ startNode }: UnendedRun) => startNode === null || startNode === nodeId;
    const reasons = (await stops(store, name, isMine)).join('; ');
    if (reasons !== '' && reasons !== this.#stopsTold) warn('warning.stops', { name, reasons });
    this.#stopsTold = reasons;
  }

  /** Reports an error, unless the run was ended meanwhile and needs nothing more. */
  #unlessEnded(error: unknown): void {
    const hasEnded = error instanceof AdapterError && error.code === 'STATE_RUN_ENDED';
    if (!hasEnded && !this.#options.signal.aborted) this.#options.fail(error);
  }

  /** Sends a run again, once nothing of its last pass is under way. @throws STATE_RUN_ENDED */
  async send(id: string, how: Parameters<Runs['pass']>[1]): Promise<Run> {
    await activeRuns.get(id)?.stop();
    told.delete(id);
    const run = await this.runs.pass(id, how);
    if (run.missing.length > 0) this.#options.warn('warning.missing', { key: run.key, names: run.missing.join(', ') });
    this.#options.send({ ...run.message, workflow: this.#activate(run).position });
    return run;
  }

  /** Does what a control message asks and answers the run with its steps.
   *  @throws INPUT_MISSING without a run; STATE_NOT_FOUND for an unknown one; INPUT_INVALID for one that has ended, or
   *  has not when it is to be forgotten */
  async steer(control: Control, idOrKey: string | undefined): Promise<RunDescription & { steps: StepDescription[] }> {
    const found = await this.#get(idOrKey);
    const { id } = found;
    if (control !== 'forget' && found.endedAt !== null) throw this.#refused(found, `it has ended (${found.state})`);
    if (control === 'forget' && found.endedAt === null) throw this.#refused(found, 'it has not ended: cancel it first');
    const begunBy = this.#begunElsewhere(found);
    if (begunBy !== null && control !== 'cancel' && control !== 'forget')
      throw this.#refused(found, `the start node "${begunBy}" began it, whose flow may be another one`);
    if (control === 'cancel') {
      const active = activeRuns.get(id);
      activeRuns.delete(id); // its messages stop at their next node
      told.delete(id);
      await active?.stop();
      await this.runs.end({ id }, 'cancelled', null);
    }
    const steps = (await this.runs.steps(id)).map(describeStep);
    if (control === 'forget') await this.runs.forget(id);
    else if (control !== 'cancel') await this.#reportLostNodes(await this.send(id, control));
    const run = control === 'forget' ? found : await this.#get(id);
    hint('runs', 'overview');
    return { ...describeRun(run), steps };
  }

  /** Does to all runs that fit what a control message asks, a few at a time.
   *  @throws INPUT_MISSING, INPUT_INVALID naming what says which runs */
  async steerAll(control: Control, given: Record<string, unknown>): Promise<SteeredRun[]> {
    const { store, name, signal } = this.#options;
    const steered: SteeredRun[] = [];
    for await (const ids of chosenRuns(store, readRunFilter(given, name))) {
      for (const id of ids) steered.push(await this.#steerOne(control, id));
      signal.throwIfAborted();
    }
    return steered;
  }

  async #steerOne(control: Control, id: string): Promise<SteeredRun> {
    try {
      const { key, state } = await this.steer(control, id);
      return { id, key, state, problem: null };
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      const run = await this.runs.find(id);
      return { id, key: run?.key ?? id, state: run?.state ?? null, problem: error.message };
    }
  }

  /** One run, its steps, and where it stands. @throws INPUT_MISSING, STATE_NOT_FOUND */
  async look(
    idOrKey: string | undefined,
  ): Promise<RunDescription & { steps: StepDescription[]; at: StandingDescription[] }> {
    const run = await this.#get(idOrKey);
    const at = run.endedAt === null ? await this.#options.store.transaction(tx => standingSteps(tx, run.id)) : [];
    const steps = await this.runs.steps(run.id);
    return { ...describeRun(run), steps: steps.map(describeStep), at: at.map(describeStanding) };
  }

  /** The start node that began a run and is in the flows, if it is another one. */
  #begunElsewhere({ startNode }: Run): string | null {
    const { nodeId, nodeName } = this.#options;
    return startNode === null || startNode === nodeId ? null : (nodeName(startNode) ?? null);
  }

  #refused({ key }: Run, why: string): AdapterError {
    return new AdapterError('INPUT_INVALID', `run: nothing was done with the run "${key}", because ${why}.`, {
      subject: 'run',
    });
  }

  async #get(idOrKey: string | undefined): Promise<Run> {
    if (!idOrKey) {
      throw AdapterError.advising('INPUT_MISSING', 'run: say which run by msg.run, its id or key.', { subject: 'run' });
    }
    const run = await this.runs.find(idOrKey);
    if (run) return run;
    throw new AdapterError('STATE_NOT_FOUND', `No run with the id or key "${idOrKey}" is known.`, { subject: 'run' });
  }

  /** Prunes ended runs from time to time until the node closes. */
  async keepPruning(): Promise<void> {
    const { clock, signal, retentionMs } = this.#options;
    for (;;) {
      await clock.sleep(pruneEveryMs, signal);
      await this.runs.prune(retentionMs);
    }
  }

  #activate(run: Run): ActiveRun {
    const { store, clock, policy, nodeId } = this.#options;
    const telling = { ...policy, onFailure: (failed: Run) => void this.#tell(failed) };
    const active = new ActiveRun(run, store, clock, telling, nodeId);
    activeRuns.set(run.id, active);
    return active;
  }

  /** A node that was deleted while a run was at it would never be reached again, silently. */
  async #reportLostNodes(run: Run): Promise<void> {
    const lost = (await this.runs.steps(run.id)).filter(
      step => step.state !== 'done' && !this.#options.nodeExists(step.node),
    );
    for (const step of lost) this.#options.warn('warning.lostNode', { key: run.key, step: step.label });
  }

  /** Counts a failure as taken up after a while; a deploy before that leaves it to be reported again. */
  async #tell({ id }: Run): Promise<void> {
    const { clock, signal } = this.#options;
    await clock.sleep(tellingMs, signal).then(
      () => told.add(id),
      () => undefined, // closing
    );
  }

  /** Ends its passes: the next start node sends their runs again and must not find them still acting. */
  async #close(): Promise<void> {
    owned.delete(this.#owner);
    const mine = [...activeRuns.values()].filter(
      ({ run, store }) => run.name === this.runs.name && store === this.#options.store,
    );
    for (const { run } of mine) activeRuns.delete(run.id);
    await Promise.all(mine.map(active => active.stop()));
  }
}

/** The keys of at most five runs. */
const some = (runs: readonly OwnedRun[]): string =>
  runs
    .slice(0, 5)
    .map(({ key }) => key)
    .join(', ') + (runs.length > 5 ? ' …' : '');
