import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import type { Store, TransactionOptions, Tx } from '../state/port';
import type { Inputs, StepHead, StepId, StepKey, StepWaits } from '../state/tables/step';
import {
  addAttempt,
  addStep,
  findStep,
  setStepDone,
  setStepFailed,
  setStepSources,
  setStepWaits,
  stepHeads,
} from '../state/tables/step';
import type { Failure, Run } from '../state/tables/workflow';
import { failReopenedRun, findRun, reopenFailedRun, setRunFailed } from '../state/tables/workflow';
import { Claims } from './claims';
import { flowBefore } from './digest';

/** What the journal knows of a step when a message arrives at its node. Times are ms UTC. */
export type Past =
  /** Never tried: go on with the effect. */
  | { state: 'new'; step: StepId; since: number; waited: null }
  /** Its call may have been made: find out what happened after `lookSince`, then go on. `since` is when it was intended,
   *  `waited` what an earlier pass waited for. */
  | { state: 'interrupted'; step: StepId; since: number; lookSince: number; waited: StepWaits | null }
  | { state: 'done'; step: StepId; outcome: unknown }
  | { state: 'failed'; step: StepId; failure: Failure };

/** The outcome of a call; or how to make it in the transaction that records it, with the rows of ours that belong to it. */
export type Made<O> = { outcome: O } | MadeWithin<O>;

interface MadeWithin<O> {
  within: (tx: Tx) => Promise<O>;
  options?: TransactionOptions;
  /** Told once the result is recorded. */
  committed?: () => void;
}

/** The journal of one pass of one run: the intent before the effect, the result after it, one transaction each. No one else
 *  writes the steps of the run until the next pass begins, so they are read once and kept. */
export class Journal {
  #claims: Promise<Claims> | undefined;
  readonly #arrivals = new Map<string, number>();

  readonly #store: Store;
  readonly #clock: Clock;

  constructor(
    store: Store,
    clock: Clock,
    readonly run: Run,
  ) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Writes the intent, or finds what an earlier pass left. Call it in the order in which messages arrive.
   *  @throws STATE_STEP_CHANGED when the step is recorded with other inputs; STATE_RUN_ENDED for an older pass. */
  async intend(
    key: StepKey,
    label: string,
    inputs: Inputs,
    { sources = {}, ...options }: TransactionOptions & { sources?: Inputs } = {},
  ): Promise<Past> {
    const arrival = this.#arrive(key);
    // Claimed before the transaction, which may run again and must then find the same claim, as must those behind it.
    const claims = await this.#known();
    const claim = claims.claim({ ...key, runId: this.run.id }, arrival, inputs, this.#clock.now());
    try {
      return await this.#store.transaction(async tx => {
        await this.#refuseOldPass(tx);
        if ('changed' in claim)
          throw this.#changed(claim.changed, claim.names, label, isComputed(claim.changed, inputs));
        return claim.isKnown
          ? this.#again(tx, claim.step, inputs, sources, claims)
          : this.#begin(tx, claim.step, label, claim.maybeSince, sources);
      }, options);
    } catch (error) {
      if ('step' in claim) claims.release(claim.step);
      throw error;
    }
  }

  /** Writes the result, together with rows of ours that belong to it, and returns it. A result alone does
   *  not wait for the disk: the intent of the next step with an effect does, and takes it along. A power cut before that leaves
   *  the step intended, and the next pass finds out what happened. */
  async conclude<T>(step: StepId, made: Made<T>): Promise<T> {
    const isAlone = 'outcome' in made;
    const concluded = await this.#store.transaction(
      async tx => {
        await this.#refuseOldPass(tx);
        const outcome = isAlone ? made.outcome : await made.within(tx);
        await setStepDone(tx, step, outcome, this.#clock.now());
        return outcome;
      },
      isAlone ? { relaxed: true } : made.options,
    );
    if (!isAlone) made.committed?.();
    return concluded;
  }

  /** Writes what a step waits for, for people to see. A power cut may lose it, except a time, which could not be found out
   *  again. Never fails, since the step goes on anyway. */
  async waits(step: StepId, waits: StepWaits): Promise<void> {
    const options = { relaxed: waits.for !== 'time' };
    await this.#store.transaction(tx => setStepWaits(tx, step, waits), options).catch(() => undefined);
  }

  /** Writes the failure; the run stays resumable. @throws STATE_RUN_ENDED for an older pass */
  async fail(step: StepId, failure: Failure): Promise<void> {
    await this.#store.transaction(async tx => {
      await this.#refuseOldPass(tx);
      await setStepFailed(tx, step, failure, this.#clock.now());
      await setRunFailed(tx, this.run.id, failure, this.#clock.now());
    });
    (await this.#claims)?.failed(step);
  }

  /** Stops the run at a step that could not even begin. @throws STATE_RUN_ENDED for an older pass */
  stop(failure: Failure): Promise<void> {
    return this.#store.transaction(async tx => {
      await this.#refuseOldPass(tx);
      await setRunFailed(tx, this.run.id, failure, this.#clock.now());
    });
  }

  /** Stops the run at an earlier failure, once the branch that went on beside it is over.
   *  @throws STATE_RUN_ENDED for an older pass */
  stopAgain(): Promise<void> {
    return this.#store.transaction(async tx => {
      await this.#refuseOldPass(tx);
      await failReopenedRun(tx, this.run.id, this.#clock.now());
    });
  }

  /** The run goes on despite an earlier failure. @throws STATE_RUN_ENDED for an older pass */
  goOn(): Promise<void> {
    return this.#store.transaction(async tx => {
      await this.#refuseOldPass(tx);
      await reopenFailedRun(tx, this.run.id, this.#clock.now());
    });
  }

  /** How many messages of this pass came here on this way before. */
  #arrive(key: StepKey): number {
    const text = keyText(key);
    const arrival = this.#arrivals.get(text) ?? 0;
    this.#arrivals.set(text, arrival + 1);
    return arrival;
  }

  /** Read in the transaction that writes: between a check before it and the write another pass could begin. */
  async #refuseOldPass(tx: Tx): Promise<void> {
    const run = await findRun(tx, this.run.id);
    if (run && run.endedAt === null && run.pass === this.run.pass) return;
    throw new AdapterError(
      'STATE_RUN_ENDED',
      run && run.endedAt === null
        ? `The run "${this.run.key}" was sent through the flow again; this older message stops here.`
        : `The run "${this.run.key}" has ended; this message stops here.`,
      { subject: this.run.key },
    );
  }

  /** Read once; a failed read is tried again by the next step. */
  #known(): Promise<Claims> {
    this.#claims ??= this.#recorded().catch(error => {
      this.#claims = undefined;
      throw error;
    });
    return this.#claims;
  }

  /** In the first pass nothing is recorded, so nothing is read. */
  async #recorded(): Promise<Claims> {
    const { id, pass } = this.run;
    return new Claims(pass > 1 ? await this.#store.transaction(tx => stepHeads(tx, id), { relaxed: true }) : []);
  }

  /** A step that an earlier pass recorded. */
  async #again(tx: Tx, { begunAt, ...head }: StepHead, inputs: Inputs, sources: Inputs, claims: Claims): Promise<Past> {
    const id = stepId(head);
    const step = await findStep(tx, id);
    if (step?.state === 'done' && !(mayChange(step.outcome) && claims.isLast(id))) {
      await setStepSources(tx, id, sources);
      return { state: 'done', step: id, outcome: step.outcome };
    }
    if (step?.state === 'failed' && step.failure) {
      await setRunFailed(tx, this.run.id, step.failure, this.#clock.now());
      return { state: 'failed', step: id, failure: step.failure };
    }
    await reopenFailedRun(tx, this.run.id, this.#clock.now());
    await addAttempt(tx, id, inputs, sources);
    const waited = step?.waits ?? null;
    return { state: 'interrupted', step: id, since: step?.intendedAt ?? begunAt, lookSince: begunAt, waited };
  }

  /** Records a new step. It counts as interrupted at once when its call may have been made as another step. */
  async #begin(
    tx: Tx,
    { begunAt: since, ...head }: StepHead,
    label: string,
    maybeSince: number | null,
    sources: Inputs,
  ) {
    const step = stepId(head);
    // A Catch branch that goes on after a failure is part of the run: after a crash the run must be found open.
    await reopenFailedRun(tx, this.run.id, since);
    await addStep(tx, { ...step, label, inputs: head.inputs ?? {}, sources }, since);
    if (maybeSince === null) return { state: 'new', step, since, waited: null } as const;
    return { state: 'interrupted', step, since, lookSince: maybeSince, waited: null } as const;
  }

  /** The step is recorded with other inputs: acting on them could make a second thing beside the first. */
  #changed(step: StepHead, names: string[], label: string, isComputed: boolean): AdapterError {
    const differ = `${label}: ${names.join(', ')} ${names.length > 1 ? 'differ' : 'differs'} from what was recorded for the run "${this.run.key}"`;
    const what = isComputed
      ? ', although nobody changed the flow: a node before it gives another value each time, such as the time, a random number, a ' +
        'counter, a value of the context or the answer of another system. Compute it before the workflow start, whose message is ' +
        'kept; then accept the new value ("restart"), or cancel the run.'
      : '. Put the flow back as it was and deploy: the run goes on. Or accept the new values ("restart"), or cancel the run.';
    return AdapterError.advising('STATE_STEP_CHANGED', `${differ}${what}`, {
      subject: this.run.key,
      details: { step: stepId(step), changed: names },
    });
  }
}

/** The nodes before the step are set as they were. */
const isComputed = ({ inputs: before }: StepHead, now: Inputs): boolean =>
  before?.[flowBefore] !== undefined && before[flowBefore] === now[flowBefore];
/** What a look at something found that was not there. */
const mayChange = (outcome: unknown): boolean =>
  typeof outcome === 'object' && outcome !== null && 'mayChange' in outcome && outcome.mayChange === true;
const stepId = ({ runId, node, visit, cameFrom, branch }: StepId): StepId => ({ runId, node, visit, cameFrom, branch });
const keyText = ({ node, visit, cameFrom }: StepKey): string => `${node}\n${visit}\n${cameFrom}`;
