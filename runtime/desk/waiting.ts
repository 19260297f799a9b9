import { listQuestions } from '../../lib/desk/questions';
import { answerQuestion } from '../run/answers';
import { type DeskPart, limitIn, textIn } from './desk';

/** What runs ask people. The act is `answerQuestion` with `id`, `choice`, `values`, `note`, and `by` where Node-RED has no login. */
export const waitingPart: DeskPart = {
  questions: {
    questions: ({ store, who }, query) => listQuestions(store, who, query('after'), limitIn(query)),
  },
  acts: {
    answerQuestion: async ({ store, who }, form) => {
      const { choice, values, note, by } = form;
      const name = who === '' && typeof by === 'string' ? by : who;
      const answered = await answerQuestion(store, textIn(form, 'id'), { choice, values, note, by: name, how: 'desk' });
      const said = answered.choices[answered.answer?.choice ?? -1] ?? '';
      return { answer: {}, noted: { subject: `${answered.key} · ${answered.text}`, count: 1, why: said } };
    },
  },
};
