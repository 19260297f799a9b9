import type { Clock } from '../clock';
import { AdapterError } from '../errors';
import type { Store, TransactionOptions, Tx } from '../state/port';
import type { Inputs, Step, StepKey } from '../state/step-rows';
import { addAttempt, addStep, type StepId, setStepDone, setStepFailed, stepsOf } from '../state/step-rows';
import type { Failure, Run } from '../state/workflow-rows';
import { findRun, reopenFailedRun, setRunFailed } from '../state/workflow-rows';
import { changedInputs } from './digest';

/** What the journal knows of a step when a message arrives at its node. */
export type Past =
  /** Never tried: go on with the effect. */
  | { state: 'new'; step: StepId; since: number }
  /** Begun, result unknown: find out what happened, then go on. `since` is when it was first intended. */
  | { state: 'interrupted'; step: StepId; since: number }
  | { state: 'done'; step: StepId; outcome: unknown }
  | { state: 'failed'; step: StepId; failure: Failure };

/** The outcome of a call; or how to make it in the transaction that records it, with the rows of ours that belong to it. */
export type Made<O> = { outcome: O } | { within: (tx: Tx) => Promise<O> };

/** The journal of one pass of one run: intent before the effect, result after it, one transaction each. */
export class Journal {
  /** Steps that a message of this pass has taken, so that split messages each get their own. */
  private readonly taken = new Set<string>();
  private readonly arrivals = new Map<string, number>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    readonly run: Run,
  ) {}

  /** Writes the intent, or finds what an earlier pass left. Call it in the order in which messages arrive.
   *  @throws STATE_STEP_CHANGED when the step is recorded with other inputs; STATE_RUN_ENDED for an older pass. */
  intend(key: StepKey, label: string, inputs: Inputs, options: TransactionOptions = {}): Promise<Past> {
    const arrival = this.arrive(key);
    return this.store.transaction(async tx => {
      await this.refuseOldPass(tx);
      const known = await stepsOf(tx, this.run.id, key);
      const step = this.choose(known, arrival, inputs, label);
      const id = { ...key, runId: this.run.id, branch: step?.branch ?? known.length };
      this.taken.add(idText(id));
      if (step?.state === 'done') return { state: 'done', step: id, outcome: step.outcome };
      if (step?.state === 'failed' && step.failure) {
        await setRunFailed(tx, this.run.id, step.failure, this.clock.now());
        return { state: 'failed', step: id, failure: step.failure };
      }
      // A Catch branch that goes on after a failure is part of the run: a crash must find it open.
      await reopenFailedRun(tx, this.run.id, this.clock.now());
      if (step) {
        await addAttempt(tx, id, inputs);
        return { state: 'interrupted', step: id, since: step.intendedAt };
      }
      const now = this.clock.now();
      await addStep(tx, { ...id, label, inputs }, now);
      // A Catch branch that leads back to the node tries again what may have had its effect when it failed.
      const again = known.some(({ state, inputs: tried }) => state === 'failed' && isSame(tried, inputs));
      return { state: again ? 'interrupted' : 'new', step: id, since: now };
    }, options);
  }

  /** Writes the result, together with rows of ours that belong to it, and returns it. Alone it does not wait for the disk:
   *  whatever has an effect later in the run waits for an intent, and that brings it there. A power cut before it leaves
   *  the step intended, so that the next pass finds out. */
  conclude<T>(step: StepId, made: Made<T>): Promise<T> {
    const isAlone = 'outcome' in made;
    return this.store.transaction(
      async tx => {
        await this.refuseOldPass(tx);
        const outcome = isAlone ? made.outcome : await made.within(tx);
        await setStepDone(tx, step, outcome, this.clock.now());
        return outcome;
      },
      { relaxed: isAlone },
    );
  }

  /** Writes the failure; the run stays resumable. @throws STATE_RUN_ENDED for an older pass */
  fail(step: StepId, failure: Failure): Promise<void> {
    return this.store.transaction(async tx => {
      await this.refuseOldPass(tx);
      await setStepFailed(tx, step, failure, this.clock.now());
      await setRunFailed(tx, this.run.id, failure, this.clock.now());
    });
  }

  /** Stops the run at a step that could not even begin. @throws STATE_RUN_ENDED for an older pass */
  stop(failure: Failure): Promise<void> {
    return this.store.transaction(async tx => {
      await this.refuseOldPass(tx);
      await setRunFailed(tx, this.run.id, failure, this.clock.now());
    });
  }

  private arrive(key: StepKey): number {
    const text = keyText(key);
    const arrival = this.arrivals.get(text) ?? 0;
    this.arrivals.set(text, arrival + 1);
    return arrival;
  }

  private async refuseOldPass(tx: Tx): Promise<void> {
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

  /** The recorded step that this arrival is: the one with the same inputs, else the one in its turn. */
  private choose(known: Step[], arrival: number, inputs: Inputs, label: string): Step | undefined {
    const free = known.filter(step => !this.taken.has(idText(step)));
    const same = free.find(step => isSame(step.inputs, inputs)) ?? free.find(step => step.inputs === null);
    if (same) return same;
    const turn = free.find(step => step.branch === arrival);
    if (!turn?.inputs) return undefined;
    const changed = changedInputs(turn.inputs, inputs);
    throw new AdapterError(
      'STATE_STEP_CHANGED',
      `${label}: ${changed.join(', ')} ${changed.length > 1 ? 'differ' : 'differs'} from what was recorded for the run "${this.run.key}". ` +
        'Put the flow back as it was and deploy: the run goes on. Or accept the new values ("restart"), or cancel the run.',
      { subject: this.run.key, details: { step: stepId(turn), changed } },
    );
  }
}

const isSame = (a: Step['inputs'], b: Inputs): boolean => a !== null && changedInputs(a, b).length === 0;
const stepId = ({ runId, node, visit, cameFrom, branch }: Step): StepId => ({ runId, node, visit, cameFrom, branch });
const keyText = ({ node, visit, cameFrom }: StepKey): string => `${node}\n${visit}\n${cameFrom}`;
const idText = (step: StepKey & { branch: number }): string => `${keyText(step)}\n${step.branch}`;
