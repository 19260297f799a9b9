import { AdapterError } from '../errors';
import type { Store, Tx } from '../state/port';
import type { StepId } from '../state/tables/step';
import { addSubRun, countSubRuns, listSubRuns, runsAbove, startedPlaces } from '../state/tables/sub-run';
import type { Run, RunState } from '../state/tables/workflow';
import type { Item } from './items';

/** What became of one run of a list. */
export interface RunOutcome {
  key: string;
  /** `gone`: it is no longer kept. */
  state: RunState | 'gone';
  /** What its end kept. */
  result: unknown;
  error: { code: string; message: string } | null;
}

/** Where the runs of a list stand. */
export interface Standing {
  open: number;
  failed: number;
  ended: number;
  outcomes: RunOutcome[] | null;
}

/** The runs that one step of another run waits for. Each is noted in the transaction that starts it, so that a crash starts none
 *  twice. */
export class SubRuns {
  readonly #store: Store;
  readonly #step: StepId;

  constructor(store: Store, step: StepId) {
    this.#store = store;
    this.#step = step;
  }

  /** Places of the list whose runs were started or found; the others still have to be. */
  started(): Promise<Set<number>> {
    return this.#store.transaction(tx => startedPlaces(tx, this.#step));
  }

  /** Notes a run where it is made or found. @throws INPUT_INVALID for one that waits for this step itself */
  async note(tx: Tx, place: number, { id, key, name }: Run): Promise<void> {
    if ((await runsAbove(tx, this.#step.runId)).has(id)) {
      throw AdapterError.advising(
        'INPUT_INVALID',
        `workflowName: the run "${key}" of "${name}" waits for this one, so both would wait for ever. Choose another workflow, or other keys.`,
        { subject: 'workflowName' },
      );
    }
    await addSubRun(tx, this.#step, place, id);
  }

  /** How many of the items' runs are in which state and, once all have ended, what became of each, in their order. Both are read
   *  at one moment, because a run that failed may be resumed in the next. `withFailed`: those that failed have ended. */
  look(items: readonly Item[], withFailed: boolean): Promise<Standing> {
    return this.#store.transaction(
      async tx => {
        const { open, failed, ended: over } = await countSubRuns(tx, this.#step);
        const ended = over + (withFailed ? failed : 0);
        return { open, failed, ended, outcomes: ended === items.length ? await this.#outcomes(tx, items) : null };
      },
      { relaxed: true },
    );
  }

  /** What became of each, in the order of the list. */
  async #outcomes(tx: Tx, items: readonly Item[]): Promise<RunOutcome[]> {
    return (await listSubRuns(tx, this.#step)).map(({ place, state, result, failure }) => ({
      key: items[place]?.key ?? '',
      state: state ?? 'gone',
      result,
      error: state === 'failed' && failure ? { code: failure.code, message: failure.message } : null,
    }));
  }
}
