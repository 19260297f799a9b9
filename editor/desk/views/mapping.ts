import type { MappingEntry, MappingPlace } from '../../../lib/desk/mapping';
import { say } from '../../red';
import { ask } from '../client';
import { entryDetails, entryForm, entryKey, type MappingView } from '../mapping/entry';
import { importPart } from '../mapping/import';
import { unmappedPart } from '../mapping/unmapped';
import { kindText, kindWords } from '../mapping/words';
import type { Filter, Place, Shown, View } from '../view';
import { actButton } from '../widgets/act-button';
import { csvButton } from '../widgets/csv';
import { filterBar } from '../widgets/filter-bar';
import { count } from '../widgets/format';
import { failure, note } from '../widgets/note';
import { pagedList } from '../widgets/paged-list';

/** Which id of WAP is which in billing: what has none first, then all entries. */
export const mapping: View = {
  name: 'mapping',
  icon: 'fa-exchange',
  draw(place) {
    let shown: Shown | null = null;
    let isClosed = false;
    const chooser = $('<select data-part="place"/>').attr('aria-label', say('desk.mapping.place'));
    const body = $('<div/>');
    place.host.append($('<div class="wap-billing-desk-filter"/>').append(chooser), body);
    ask<MappingPlace[]>(place.state, 'mappingPlaces').then(
      places => {
        if (isClosed) return;
        chooser.append(places.map((each, index) => new Option(placeText(each), String(index))));
        chooser.toggle(places.length > 0);
        const drawChosen = () => {
          const chosen = places[Number(chooser.val())];
          body.empty();
          shown = chosen ? drawMapping(place, body, chosen) : null;
        };
        chooser.on('change', drawChosen);
        if (places.length > 0) drawChosen();
        else body.append(note(say('desk.mapping.noPlace')));
      },
      error => body.append(failure(error)),
    );
    return {
      refresh: () => shown?.refresh(),
      close: () => {
        isClosed = true;
      },
    };
  },
};

const placeText = ({ installation, target, entries }: MappingPlace): string =>
  `${installation} ↔ ${target} (${count(entries)})`;

function drawMapping(
  { state, mayAct, filter: given }: Place,
  host: JQuery,
  { installation, target, through }: MappingPlace,
): Shown {
  const scope = { installation, target };
  let filter: Filter = { ...given };
  const refresh = () => {
    missing.refresh();
    entries.refresh();
  };
  const view: MappingView = { state, scope, through, mayAct, changed: refresh };
  const missing = unmappedPart(view);
  const histories = new Map<string, JQuery>();
  const entries = pagedList<MappingEntry>({
    label: say('desk.view.mapping'),
    empty: say('desk.mapping.empty'),
    keyOf: entryKey,
    ask: (after, limit) => ask(state, 'mapping', { ...scope, ...filter, after, limit }),
    columns: [
      { title: say('desk.mapping.field.wapId'), cell: ({ wapId }) => wapId },
      { title: say('desk.mapping.field.billingId'), cell: ({ billingId }) => billingId },
      { title: say('desk.mapping.field.name'), cell: ({ name }) => name ?? '' },
      { title: say('desk.mapping.field.kind'), cell: ({ kind }) => kindText(kind) },
    ],
    open: entry => entryDetails(view, entry, histories),
  });
  const importing = $('<div/>');
  const unless = mayAct ? undefined : say('desk.reader');
  const bar = filterBar(
    [
      { name: 'text', label: say('desk.mapping.search') },
      {
        name: 'kind',
        label: say('desk.mapping.field.kind'),
        words: { '': say('desk.mapping.allKinds'), ...kindWords() },
      },
    ],
    filter,
    wanted => {
      filter = wanted;
      histories.clear();
      entries.restart();
    },
  );
  host.append(
    $('<div class="wap-billing-desk-acts"/>').append(
      actButton({
        ...{ text: say('desk.mapping.add'), icon: 'fa-plus', unless },
        go: async () => {
          entryForm(view, {});
          return null;
        },
      }),
      actButton({
        ...{ text: say('desk.mapping.import.open'), icon: 'fa-upload', unless },
        go: async () => {
          importing.empty().append(importPart(view, () => importing.empty()));
          return null;
        },
      }),
      csvButton(state, 'mapping', () => ({ ...scope, ...filter })),
    ),
    importing,
    missing.element,
    bar,
    entries.element,
  );
  return { refresh };
}
