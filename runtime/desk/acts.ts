import { listActs } from '../../lib/desk/acts';
import { type DeskPart, limitIn } from './desk';

/** What was done at the desk. */
export const actsPart: DeskPart = {
  questions: {
    acts: ({ store }, query) => listActs(store, query('after'), limitIn(query)),
  },
};
