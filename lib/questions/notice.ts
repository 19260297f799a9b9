import type { Asked, Question } from '../state/tables/question';
import { personsOf, tokenOf } from './link';

/** What a message tells of a question, for an e-mail or a chat. */
export interface QuestionNotice extends Asked {
  id: string;
  /** The run's key, and its workflow. */
  run: string;
  workflow: string;
  /** ISO 8601 UTC; null without a deadline. */
  until: string | null;
  /** It was sent before. */
  isReminder: boolean;
  /** Whom it is for; empty where anybody may answer. */
  person: string;
  /** Where that person answers; empty where there is no page. Whoever has it can answer. */
  link: string;
}

/** One for each person who may answer, or one for anybody.
 *  @param page the address of the page, without a query; null when there is none */
export function noticesOf(question: Question, page: string | null): QuestionNotice[] {
  const { id, text, choices, fields, people, key, workflow, deadlineAt, told } = question;
  const until = deadlineAt === null ? null : new Date(deadlineAt).toISOString();
  return personsOf(question).map(person => ({
    ...{ id, text, choices, fields, people, run: key, workflow, until, isReminder: told > 0, person },
    link: page === null ? '' : `${page}?q=${id}&t=${tokenOf(question, person)}`,
  }));
}
