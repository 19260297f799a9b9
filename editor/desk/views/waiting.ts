import type { QuestionLine } from '../../../lib/desk/questions';
import { say } from '../../red';
import { ask } from '../client';
import type { View } from '../view';
import { moment } from '../widgets/format';
import { pagedList } from '../widgets/paged-list';
import { answerForm } from './waiting/answer-form';

/** What runs ask people, each with a form that answers it. */
export const waiting: View = {
  name: 'waiting',
  icon: 'fa-hand-paper-o',
  draw({ state, host, mayAct }) {
    const list = pagedList<QuestionLine>({
      label: say('desk.view.waiting'),
      empty: say('desk.waiting.empty'),
      keyOf: ({ id }) => id,
      ask: (after, limit) => ask(state, 'questions', { after, limit }),
      columns: [
        { title: say('desk.waiting.question'), cell: ({ text }) => text },
        { title: say('desk.waiting.run'), cell: ({ key }) => key },
        { title: say('desk.waiting.workflow'), cell: ({ workflow }) => workflow },
        { title: say('desk.waiting.asked'), cell: ({ askedAt }) => moment(askedAt) },
        {
          title: say('desk.waiting.until'),
          cell: ({ deadlineAt }) => (deadlineAt === null ? say('desk.waiting.noDeadline') : moment(deadlineAt)),
        },
      ],
      // What was filled in stays while others are answered.
      keepsOpen: true,
      open: question => answerForm({ state, mayAct, question, after: () => list.refresh() }),
    });
    list.element.appendTo(host);
    return list;
  },
};
