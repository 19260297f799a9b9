import type { DeskAct } from '../../../lib/desk/acts';
import { say } from '../../red';
import { ask } from '../client';
import type { View } from '../view';
import { count, moment } from '../widgets/format';
import { pagedList } from '../widgets/paged-list';

/** What people did at the desk, newest first. */
export const acts: View = {
  name: 'acts',
  icon: 'fa-history',
  draw({ state, host }) {
    const list = pagedList<DeskAct>({
      label: say('desk.view.acts'),
      empty: say('desk.acts.empty'),
      keyOf: ({ id }) => String(id),
      ask: (after, limit) => ask(state, 'acts', { after, limit }),
      columns: [
        { title: say('desk.acts.at'), cell: ({ at }) => moment(at) },
        { title: say('desk.acts.who'), cell: ({ who }) => who || say('desk.acts.nobody') },
        { title: say('desk.acts.what'), cell: ({ what }) => say(`desk.act.${what}`) },
        { title: say('desk.acts.subject'), cell: ({ subject, why }) => [subject, why].filter(Boolean).join(' · ') },
        { title: say('desk.acts.count'), cell: act => count(act.count), isNumber: true },
      ],
    });
    list.element.appendTo(host);
    return list;
  },
};
