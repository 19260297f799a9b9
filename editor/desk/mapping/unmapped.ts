import type { Unmapped, UnmappedList } from '../../../lib/desk/unmapped';
import { say } from '../../red';
import { ask } from '../client';
import { actButton } from '../widgets/act-button';
import { count } from '../widgets/format';
import { failure, note } from '../widgets/note';
import { entryForm, type MappingView } from './entry';
import { kindText } from './words';

/** Most that are shown at once; those above come when some of these have their id. */
const most = 50;

/** What WAP has and billing is not known for, each with a button that maps it. */
export function unmappedPart(view: MappingView): { element: JQuery; refresh(): void } {
  const title = $('<summary/>').text(say('desk.mapping.unmappedAsked'));
  const body = $('<div/>');
  const element = $('<details class="wap-billing-desk-part" open/>').append(title, body);
  const refresh = () => {
    ask<UnmappedList & { wap: boolean }>(view.state, 'unmapped', view.scope).then(
      ({ wap, rows, isAll }) => {
        element.toggle(wap);
        const total = isAll ? count(rows.length) : say('desk.mapping.orMore', { count: count(rows.length) });
        title.text(say('desk.mapping.unmapped', { count: total }));
        body.empty().append(rows.length > 0 ? listOf(view, rows.slice(0, most)) : note(say('desk.mapping.allMapped')));
        if (rows.length > most) body.append(note(say('desk.mapping.firstOf', { shown: most, count: total })));
      },
      error => {
        title.text(say('desk.mapping.unmappedUnknown'));
        body.empty().append(failure(error));
      },
    );
  };
  refresh();
  return { element, refresh };
}

function listOf(view: MappingView, rows: Unmapped[]): JQuery {
  return $('<ul class="wap-billing-desk-unmapped"/>').append(
    rows.map(row => {
      const { kind, wapId, name, account } = row;
      const map = actButton({
        text: say('desk.mapping.map'),
        icon: 'fa-link',
        unless: view.mayAct ? undefined : say('desk.reader'),
        go: async () => {
          entryForm(view, { kind, wapId, name });
          return null;
        },
      }).attr('aria-label', say('desk.mapping.mapOne', { name: name ?? wapId }));
      const words = [kindText(kind), name, account, wapId].filter((word, at, all) => word && all.indexOf(word) === at);
      return $('<li/>').append($('<span/>').text(words.join(' · ')), map);
    }),
  );
}
