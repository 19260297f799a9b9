import type { Letter } from '../../../lib/desk/letter';
import type { ActedOn } from '../../../lib/desk/letter-acts';
import type { LetterFilter } from '../../../lib/desk/letter-filter';
import { say } from '../../red';
import { act } from '../client';
import { actButton } from '../widgets/act-button';
import { csvButton } from '../widgets/csv';
import { count } from '../widgets/format';

/** What the buttons act on: the ticked letters, else all that the filter shows. */
export interface Chosen {
  ticked: Letter[];
  filter: LetterFilter;
  total: number;
  /** There are more than that. */
  isMore: boolean;
  /** More tenants have the name than are looked at. */
  tenantsCut: boolean;
}

const mostChosen = 500;
/** As `mostInFile` of lib/desk. */
const mostInFile = 100_000;

/** *Send again* and *Discard*, for the chosen or for all. `after`: something was done. */
export function letterButtons(
  { state, mayAct }: { state: string; mayAct: boolean },
  chosen: Chosen,
  after: () => void,
): JQuery[] {
  const { ticked, filter } = chosen;
  const isAll = ticked.length === 0;
  const number = isAll ? allOf(chosen) : count(ticked.length);
  const form = isAll ? { filter } : { keys: ticked.map(({ key }) => key) };
  const send = ticked.length > 0 && ticked.every(({ kind }) => kind === 'quarantine');
  const unless = reasonAgainst(chosen, mayAct);
  const go = (name: string) => async (why: string) => {
    const answer = await act<Partial<ActedOn>>(state, name, { ...form, why });
    after();
    if (answer.done === undefined) return say('desk.letters.begun');
    const passed = answer.passed ? ` ${say('desk.letters.passed', { count: count(answer.passed) })}` : '';
    return `${say(`desk.letters.${name}Done`, { count: count(answer.done) })}${passed}`;
  };
  const which = isAll ? 'All' : 'Chosen';
  const spread = isAll ? [say('desk.letters.spread')] : [];
  return [
    actButton({
      text: say(`desk.letters.send${which}`, { count: number }),
      icon: 'fa-repeat',
      unless: unless ?? (send ? say('desk.letters.notAgain') : undefined),
      question: () => ({
        text: say('desk.letters.askSend', { count: number }),
        details: [...spread, say('desk.letters.mended')],
        go: say('desk.letters.sendAgain'),
      }),
      go: go('sendLetters'),
    }),
    actButton({
      text: say(`desk.letters.discard${which}`, { count: number }),
      icon: 'fa-trash-o',
      unless,
      question: () => ({
        text: say('desk.letters.askDiscard', { count: number }),
        details: [say('desk.letters.forGood')],
        go: say('desk.letters.discard'),
        why: say('desk.letters.why'),
      }),
      go: go('discardLetters'),
    }),
  ];
}

const allOf = ({ total, isMore }: Chosen): string =>
  isMore ? say('desk.letters.moreThan', { count: count(total) }) : count(total);

function reasonAgainst({ ticked, total, isMore, tenantsCut }: Chosen, mayAct: boolean): string | undefined {
  if (!mayAct) return say('desk.reader');
  if (ticked.length > mostChosen) return say('desk.letters.tooMany', { count: mostChosen });
  if (ticked.length > 0) return undefined;
  if (total === 0 && !isMore) return say('desk.letters.nothing');
  return tenantsCut ? say('desk.letters.cut') : undefined;
}

/** What the filter shows, as a file. */
export const lettersFile = (state: string, filter: () => LetterFilter): JQuery =>
  csvButton(state, 'letters', () => ({ filter: JSON.stringify(filter()) }), {
    lines: mostInFile,
    text: say('desk.letters.fileCut', { count: count(mostInFile) }),
  });
