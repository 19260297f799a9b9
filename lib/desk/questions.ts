import type { Store } from '../state/port';
import { openQuestions, type Question, type QuestionField } from '../state/tables/question';
import { type Page, pageOf, placeIn, placeText } from './page';

export type { QuestionField } from '../state/tables/question';

/** A question that waits for somebody. Times are ms UTC. */
export interface QuestionLine {
  id: string;
  text: string;
  choices: string[];
  fields: QuestionField[];
  /** Who may answer; empty: anybody. */
  people: string[];
  /** The run's key. */
  key: string;
  workflow: string;
  askedAt: number;
  deadlineAt: number | null;
  /** As whom whoever looks would answer; empty where Node-RED has no login. */
  as: string;
}

/** What runs ask people now, the oldest first. `after`: as `next` of the page before.
 *  @param as who looks */
export function listQuestions(
  store: Store,
  as: string,
  after: string | undefined,
  limit: number,
): Promise<Page<QuestionLine>> {
  return store.transaction(async tx => {
    const found = await openQuestions(tx, placeIn(after), limit + 1);
    const { rows, next } = pageOf(found, limit, ({ askedAt, id }) => placeText(askedAt, id));
    return { rows: rows.map(row => lineOf(row, as)), next };
  });
}

/** What people need to answer; neither the run's step nor the secret of its links. */
const lineOf = (question: Question, as: string): QuestionLine => {
  const { id, text, choices, fields, people, key, workflow, askedAt, deadlineAt } = question;
  return { id, text, choices, fields, people, key, workflow, askedAt, deadlineAt, as };
};
