import { AdapterError } from '../errors';
import type { Store, Tx } from '../state/port';
import type { StepId } from '../state/step-rows';
import { addSubRun, countSubRuns, listSubRuns, runsAbove, startedPlaces } from '../state/sub-run-rows';
import type { Run, RunState } from '../state/workflow-rows';
import type { Item } from './items';

/** What became of one run of a list. */
export interface RunOutcome {
  key: string;
  /** `gone`: it is not kept any more. */
  state: RunState | 'gone';
  /** What its end kept. */
  result: unknown;
  error: { code: string; message: string } | null;
}

/** The runs that one step of another run waits for. Which they are is written together with each of them, so that a crash starts none
 *  twice. */
export class SubRuns {
  constructor(
    private readonly store: Store,
    private readonly step: StepId,
  ) {}

  started(): Promise<Set<number>> {
    return this.store.transaction(tx => startedPlaces(tx, this.step));
  }

  /** Notes a run where it is made or found. @throws INPUT_INVALID for one that waits for this step itself */
  async note(tx: Tx, place: number, { id, key, name }: Run): Promise<void> {
    if ((await runsAbove(tx, this.step.runId)).has(id)) {
      throw AdapterError.advising(
        'INPUT_INVALID',
        `workflowName: the run "${key}" of "${name}" waits for this one, so both would wait for ever. Choose another workflow, or other keys.`,
        { subject: 'workflowName' },
      );
    }
    await addSubRun(tx, this.step, place, id);
  }

  counts(): ReturnType<typeof countSubRuns> {
    return this.store.transaction(tx => countSubRuns(tx, this.step), { relaxed: true });
  }

  /** Of each item, in their order. */
  async outcomes(items: readonly Item[]): Promise<RunOutcome[]> {
    const all = await this.store.transaction(tx => listSubRuns(tx, this.step));
    return all.map(({ place, state, result, failure }) => ({
      key: items[place]?.key ?? '',
      state: state ?? 'gone',
      result,
      error: state === 'failed' && failure ? { code: failure.code, message: failure.message } : null,
    }));
  }
}
