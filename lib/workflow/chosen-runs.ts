import { AdapterError, invalidField, shapeOf } from '../errors';
import type { Store } from '../state/port';
import { type RunFilter, type RunPlace, selectRuns } from '../state/tables/run-list';
import { waitKinds } from '../state/tables/step';
import { runStates } from '../state/tables/workflow';
import { wordOf } from '../words';

/** Any other name is refused: a misspelt filter would mean every run. */
const known = ['state', 'step', 'text', 'waitsFor', 'all'];
/** Runs read at once. */
const page = 20;

/** Which runs a message means: `{ state, step, text, waitsFor }`, each of which may be left out; `{ all: true }` means every run.
 *  @throws INPUT_MISSING when nothing says which, so that nobody cancels all by mistake; INPUT_INVALID naming what is wrong */
export function readRunFilter(given: Record<string, unknown>, workflow: string): RunFilter {
  const unknown = Object.keys(given).find(name => !known.includes(name));
  if (unknown !== undefined) throw invalid(unknown, `is not known; it takes ${known.join(', ')}.`);
  const filter: RunFilter = {
    workflow,
    state: word(given, 'state', runStates),
    step: text(given, 'step'),
    text: text(given, 'text'),
    waitsFor: word(given, 'waitsFor', waitKinds),
  };
  const isNarrowed = [filter.state, filter.step, filter.text, filter.waitsFor].some(each => each !== null);
  if (isNarrowed || given.all === true) return filter;
  throw AdapterError.advising(
    'INPUT_MISSING',
    'runs: nothing says which runs. Give state, step, text or waitsFor, such as {"state": "failed"}, or {"all": true}.',
    { subject: 'runs' },
  );
}

/** The ids of the runs that fit, a part at a time, the newest first. */
export async function* chosenRuns(store: Store, filter: RunFilter): AsyncGenerator<string[], void, undefined> {
  let after: RunPlace | null = null;
  for (;;) {
    const place: RunPlace | null = after;
    const rows: Array<RunPlace> = await store.transaction(tx => selectRuns(tx, filter, place, page));
    if (rows.length > 0) yield rows.map(({ id }) => id);
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = { startedAt: last.startedAt, id: last.id };
  }
}

/** One of the words, in any case; null when nothing is given. @throws INPUT_INVALID */
function word<W extends string>(given: Record<string, unknown>, name: string, words: readonly W[]): W | null {
  const value = given[name];
  if (isEmpty(value)) return null;
  const found = wordOf(words, value);
  if (found === undefined) throw invalid(name, `has to be one of ${words.join(', ')}, not ${shapeOf(value)}.`);
  return found;
}

/** A text; null when nothing is given. @throws INPUT_INVALID */
function text(given: Record<string, unknown>, name: string): string | null {
  const value = given[name];
  if (isEmpty(value)) return null;
  if (typeof value !== 'string') throw invalid(name, `has to be a text, not ${shapeOf(value)}.`);
  return value;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
const invalid = (field: string, what: string): AdapterError => invalidField(`runs.${field}`, what);
