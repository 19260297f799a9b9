import type { Letter } from '../../../lib/desk/letter';
import type { LetterFilter } from '../../../lib/desk/letter-filter';
import { say } from '../../red';
import { ask } from '../client';
import type { Place, Shown } from '../view';
import { pagedList } from '../widgets/paged-list';
import { type Chosen, letterButtons, lettersFile } from './letter-acts';
import { letterColumns } from './letter-cells';
import { letterDetails } from './letter-details';

export type Counted = Pick<Chosen, 'total' | 'isMore' | 'tenantsCut'>;

export interface LetterList extends Shown {
  element: JQuery;
  /** How many fit, for the buttons. */
  counted(counted: Counted): void;
  /** The filter is another one. */
  restart(): void;
}

/** Letters one by one, with what can be done to those that are ticked, or to all that fit. */
export function letterList(
  place: Pick<Place, 'state' | 'mayAct'>,
  filter: () => LetterFilter,
  { label, changed }: { label: string; changed(): void },
): LetterList {
  const { state } = place;
  const acts = $('<div class="wap-billing-desk-acts"/>');
  let ticked: Letter[] = [];
  let counts: Counted = { total: 0, isMore: false, tenantsCut: false };
  const query = () => ({ filter: JSON.stringify(filter()) });
  const drawActs = () => {
    const chosen = { ticked, filter: filter(), ...counts };
    acts.empty().append(letterButtons(place, chosen, changed), lettersFile(state, filter));
  };
  const list = pagedList<Letter>({
    label,
    empty: say('desk.letters.empty'),
    columns: letterColumns(),
    keyOf: ({ key }) => JSON.stringify(key),
    ask: (after, limit) => ask(state, 'letters', { ...query(), after, limit }),
    open: letter => letterDetails(state, letter),
    keepsOpen: true,
    ticked: rows => {
      const before = ticked;
      ticked = rows;
      if (before.length > 0 || rows.length > 0) drawActs();
    },
  });
  drawActs();
  return {
    element: $('<div/>').append(acts, list.element),
    counted: counted => {
      if (JSON.stringify(counted) === JSON.stringify(counts)) return;
      counts = counted;
      drawActs();
    },
    refresh: list.refresh,
    restart: list.restart,
  };
}
