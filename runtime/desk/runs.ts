import { listRuns, type RunFilter, runById, runDetails, runWords } from '../../lib/desk/runs';
import { AdapterError, shapeOf } from '../../lib/errors';
import { waitKinds } from '../../lib/state/tables/step';
import { runStates } from '../../lib/state/tables/workflow';
import type { SavedNode } from '../flows/deployed';
import type { FlowChange } from '../run/stops';
import type { Control } from '../run/workflow';
import { type Act, type Desk, type DeskPart, limitIn } from './desk';
import type { LiveWorkflow } from './live';

/** Runs that one call acts on: what is more comes with the next call, so that billing and WAP are not hit at once. */
const slice = 20;

const controls = ['resume', 'restart', 'skip', 'cancel', 'forget'] as const satisfies readonly Control[];

/** The runs of all workflows. Acts are `resumeRuns`, `restartRuns`, `skipRuns`, `cancelRuns`, `forgetRuns`, each with `ids`, or
 *  with `filter` for all that it shows and `after` to go on. */
export const runsPart: DeskPart = {
  questions: {
    runs: ({ store }, query) => listRuns(store, filterOf(query), query('after'), limitIn(query)),
    run: ({ store }, query) => runDetails(store, query('id') ?? ''),
    runWords: async ({ store, live }) => ({
      ...(await runWords(store)),
      deployed: live.flatMap(each => (each.kind === 'workflow' ? [each.name] : [])),
    }),
  },
  acts: {
    ...Object.fromEntries(controls.map(control => [`${control}Runs`, steer(control)])),
    // It changes nothing, but whoever may not deploy has nothing to ask.
    stopsOfChange: async ({ stopsOf }, form) => ({ answer: await stopsOf(changeIn(form)), noted: null }),
  },
};

/** @throws INPUT_INVALID naming what is wrong */
function changeIn({ gone, changed }: Record<string, unknown>): FlowChange {
  const isNode = (value: unknown): value is SavedNode =>
    typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';
  if (!Array.isArray(gone) || !gone.every(id => typeof id === 'string')) throw notAList('gone', gone);
  if (!Array.isArray(changed) || !changed.every(isNode)) throw notAList('changed', changed);
  return { gone, changed };
}

const notAList = (field: string, value: unknown): AdapterError =>
  AdapterError.advising('INPUT_INVALID', `${field}: a list of nodes is needed, got ${shapeOf(value)}.`, {
    subject: field,
  });

/** What an act did to a part of the runs. */
interface Steered {
  done: number;
  /** Why it was not done to some: sentences, without repeats. */
  refused: string[];
  /** Where the next part begins; null at the end. */
  next: string | null;
}

function steer(control: Control): Act {
  return async (desk, form) => {
    const { ids, next } = await wanted(desk, form);
    const keys: string[] = [];
    const refused = new Set<string>();
    for (const id of ids) {
      try {
        const run = await runById(desk.store, id);
        await startNodeOf(desk, run.workflow).workflow.steer(control, id);
        keys.push(run.key);
      } catch (error) {
        if (!(error instanceof AdapterError)) throw error;
        refused.add(error.message);
      }
    }
    const answer: Steered = { done: keys.length, refused: [...refused].slice(0, 5), next };
    const subject = keys.slice(0, 5).join(', ') + (keys.length > 5 ? ' …' : '');
    return { answer, noted: keys.length > 0 ? { subject, count: keys.length } : null };
  };
}

/** The runs of a form: those ticked, or the next part of all that a filter shows. */
async function wanted({ store }: Desk, form: Record<string, unknown>): Promise<{ ids: string[]; next: string | null }> {
  const { ids, filter, after } = form;
  if (Array.isArray(ids) && ids.every(id => typeof id === 'string')) {
    return { ids: ids.slice(0, slice), next: null };
  }
  if (typeof filter !== 'object' || filter === null) {
    throw AdapterError.advising('INPUT_INVALID', `ids: a list of runs or a filter is needed, got ${shapeOf(ids)}.`, {
      subject: 'ids',
    });
  }
  const values = new Map<string, unknown>(Object.entries(filter));
  const query = (name: string) => {
    const value = values.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const page = await listRuns(store, filterOf(query), typeof after === 'string' ? after : undefined, slice);
  return { ids: page.rows.map(({ id }) => id), next: page.next };
}

/** @throws STATE_CONFLICT where no deployed start node runs the workflow */
function startNodeOf({ live }: Desk, name: string): LiveWorkflow {
  const found = live.find((each): each is LiveWorkflow => each.kind === 'workflow' && each.name === name);
  if (found) return found;
  throw AdapterError.advising(
    'STATE_CONFLICT',
    `No start node of the workflow "${name}" runs (renamed, deleted or disabled): deploy one of this name first.`,
    { subject: name },
  );
}

function filterOf(query: (name: string) => string | undefined): RunFilter {
  const word = <W extends string>(words: readonly W[], name: string) =>
    words.find(each => each === query(name)) ?? null;
  return {
    state: word(runStates, 'state'),
    workflow: query('workflow') ?? null,
    text: query('text') ?? null,
    step: query('step') ?? null,
    waitsFor: word(waitKinds, 'waitsFor'),
  };
}
