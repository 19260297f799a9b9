import {
  letterColumns,
  letterLines,
  letterPlaces,
  letterRecord,
  letters,
  letterTenants,
  storedLetters,
} from '../../lib/desk/dead-letters';
import { actOnLetters, type LetterAct } from '../../lib/desk/letter-acts';
import { type LetterFilter, readLetterFilter, readLetterKey } from '../../lib/desk/letter-filter';
import { letterGroups } from '../../lib/desk/letter-groups';
import { beginLetterJob, letterJobs, stopLetterJob, wakeLetterWorker } from '../../lib/desk/letter-jobs';
import { AdapterError, shapeOf } from '../../lib/errors';
import { tellSettled } from '../../lib/feeds/settled';
import { addDeskAct } from '../../lib/state/tables/desk-acts';
import { hint } from '../hints';
import { type Desk, type DeskPart, type Done, limitIn, type Query, textIn } from './desk';

/** What was set aside: usage and events that billing refused or that wait, and what is done with them. */
export const lettersPart: DeskPart = {
  questions: {
    letters: ({ store }, query) =>
      letters(store, { filter: filterIn(query), after: query('after') ?? null, limit: limitIn(query) }),
    letterGroups: ({ store }, query) => letterGroups(store, filterIn(query)),
    letterRecord: ({ store }, query) => letterRecord(store, readLetterKey(jsonIn(query('key'), 'key'), 'key')),
    letterTenants: ({ store }, query) => letterTenants(store, query('text') ?? ''),
    letterPlaces: ({ store }) => letterPlaces(store),
    letterJobs: ({ store }) => letterJobs(store),
  },
  acts: {
    sendLetters: (desk, form) => act(desk, form, { act: 'sendAgain' }),
    discardLetters: (desk, form) => act(desk, form, { act: 'discard', reason: textIn(form, 'why').slice(0, 2000) }),
    stopLetterJob: async ({ store, clock }, { id }) => {
      const isStopped = await store.transaction(tx => stopLetterJob(tx, Number(id), clock.now()));
      hint('letters', 'acts');
      return { answer: { isStopped }, noted: null }; // its end is noted with what it has done
    },
  },
  tables: { letters: ({ store }, query) => ({ columns: letterColumns, rows: letterLines(store, filterIn(query)) }) },
};

/** The ticked ones at once; all that a filter shows piece by piece, by the worker of the store. */
function act(desk: Desk, form: Record<string, unknown>, what: LetterAct): Promise<Done> {
  return form.keys === undefined ? actOnAll(desk, form, what) : actOnChosen(desk, form.keys, what);
}

const mostChosen = 500;

async function actOnChosen({ store, settled, clock, who }: Desk, keys: unknown, what: LetterAct): Promise<Done> {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostChosen) {
    const sentence = `keys: expected a list of 1 to ${mostChosen} letters, but got ${shapeOf(keys)}.`;
    throw new AdapterError('INPUT_INVALID', sentence, { subject: 'keys' });
  }
  const chosen = keys.map((key: unknown, index) => readLetterKey(key, `keys[${index}]`));
  const now = clock.now();
  const acted = await store.transaction(async tx => {
    const stored = await storedLetters(tx, chosen);
    const done = await actOnLetters(tx, stored, what, now);
    const why = what.act === 'discard' ? what.reason : '';
    const subject = [...new Set(stored.slice(0, 5).map(({ feed, eventId }) => `${feed} ${eventId}`))].join(', ');
    const name = what.act === 'discard' ? 'discardLetters' : 'sendLetters';
    if (done.done > 0) await addDeskAct(tx, { at: now, who, what: name, subject, count: done.done, why });
    return { ...done, passed: chosen.length - done.done };
  });
  tellSettled(settled);
  hint('letters', 'acts');
  return { answer: acted, noted: null }; // noted with what it did
}

async function actOnAll({ store, clock, who }: Desk, form: Record<string, unknown>, what: LetterAct): Promise<Done> {
  const filter = readLetterFilter(form.filter);
  const job = await store.transaction(tx => beginLetterJob(tx, { filter, act: what, by: who, now: clock.now() }));
  wakeLetterWorker(store);
  hint('letters');
  return { answer: { job }, noted: null };
}

const filterIn = (query: Query): LetterFilter => readLetterFilter(jsonIn(query('filter') ?? '{}', 'filter'));

function jsonIn(text: string | undefined, field: string): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new AdapterError('INPUT_INVALID', `${field}: expected JSON, but got ${shapeOf(text)}.`, { subject: field });
  }
}
