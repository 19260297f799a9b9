import type { LetterFilter } from '../../../lib/desk/letter-filter';
import type { LetterGroup, LetterGroups } from '../../../lib/desk/letter-groups';
import { say } from '../../red';
import { ask } from '../client';
import type { Place } from '../view';
import { count, moment } from '../widgets/format';
import { pagedList } from '../widgets/paged-list';
import { kindName } from './filter';
import { letterButtons, lettersFile } from './letter-acts';
import { type Counted, type LetterList, letterList } from './letter-list';

/** Letters by what their reasons have in common; each group opens to its letters. */
export function letterGroupList(
  place: Pick<Place, 'state' | 'mayAct'>,
  filter: () => LetterFilter,
  { changed }: { changed(): void },
): LetterList {
  const { state } = place;
  const acts = $('<div class="wap-billing-desk-acts"/>');
  const opened = new Map<string, LetterList>();
  let counts: Counted = { total: 0, isMore: false, tenantsCut: false };
  const query = () => ({ filter: JSON.stringify(filter()) });
  const drawActs = () =>
    acts
      .empty()
      .append(letterButtons(place, { ticked: [], filter: filter(), ...counts }, changed), lettersFile(state, filter));
  const counted = (of: Counted) => {
    if (JSON.stringify(of) === JSON.stringify(counts)) return;
    counts = of;
    drawActs();
  };
  const read = async () => {
    const { groups, tenantsCut, ...all } = await ask<LetterGroups>(state, 'letterGroups', query());
    counted({ total: all.total, isMore: all.isMore, tenantsCut });
    for (const each of groups) {
      const { total, isMore } = each;
      opened.get(keyOf(each))?.counted({ total, isMore, tenantsCut });
    }
    return { rows: groups, next: null };
  };
  const open = (group: LetterGroup) => {
    const { kind, group: name, reason, total, isMore } = group;
    const own = () => ({ ...filter(), kind, group: name });
    const list = letterList(place, own, { label: reason, changed });
    list.counted({ total, isMore, tenantsCut: counts.tenantsCut });
    opened.set(keyOf(group), list);
    return list.element;
  };
  const list = pagedList<LetterGroup>({
    label: say('desk.letters.byReason'),
    empty: say('desk.letters.empty'),
    columns: [
      { title: say('desk.letters.reason'), cell: reasonOf },
      { title: say('desk.letters.count'), cell: countOf, isNumber: true },
      {
        title: say('desk.letters.newest'),
        cell: ({ newestAt }) => (newestAt > 0 ? moment(newestAt) : ''),
        isNumber: true,
      },
    ],
    keyOf,
    ask: read,
    open,
    keepsOpen: true,
  });
  drawActs();
  return {
    element: $('<div/>').append(acts, list.element),
    counted,
    refresh: () => {
      list.refresh();
      for (const each of opened.values()) each.refresh();
    },
    restart: () => {
      opened.clear();
      list.restart();
    },
  };
}

const keyOf = ({ kind, group }: LetterGroup): string => `${kind} ${group}`;

function reasonOf({ kind, reason }: LetterGroup): JQuery {
  const text = kind === 'quarantine' ? say('desk.letters.quarantined') : reason;
  const mark = kind === 'dead' ? [] : [$('<span class="wap-billing-desk-mark"/>').text(kindName(kind))];
  return $('<span/>').append(mark, document.createTextNode(text));
}

const countOf = ({ total, isMore }: LetterGroup): string =>
  isMore ? say('desk.letters.moreThan', { count: count(total) }) : count(total);
