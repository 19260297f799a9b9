import { noneChosen } from './form';
import { say } from './red';

/** A value that a field can take, and what the user sees in the list. */
export interface Choice {
  value: string;
  label: string;
}

/** Searches what fits the text typed so far; as Node-RED's autoComplete widget takes it. `tell` says why nothing is offered
 *  (empty: something is). */
export type Search = (text: string, show: (choices: Choice[]) => void, tell?: (why: string) => void) => void;

const longest = 50;
/** Lists of which the other side gives a part, that in which the text is. */
const searched = new Set(['subscription', 'user']);
/** As long, lists are taken from what was answered before; whoever asks meanwhile waits for the same answer. */
const keepMs = 20_000;

const known = new Map<string, Promise<Choice[]>>();

/** Suggestions read from the other side of a deployed connection: `property` names the configuration node's property in
 *  this dialog, `what` the lists to read (asked when the user types, because it may depend on other fields). Without an
 *  answer the field stays a free text, and says why there is nothing to choose from. */
export function suggest(property: string, type: string, what: () => string[]): Search {
  let last = 0;
  return (text, show, tell = () => undefined) => {
    last += 1;
    const turn = last;
    chosen(property, type, what(), text.trim()).then(
      found => {
        if (turn !== last) return; // a slow answer to an earlier key
        tell('');
        show(fitting(found, text));
      },
      (why: unknown) => {
        if (turn !== last) return;
        tell(String(why));
        show([]);
      },
    );
  };
}

/** Through the connection that the dialog has chosen. @throws (a text) why there is nothing */
async function chosen(property: string, type: string, lists: string[], text: string): Promise<Choice[]> {
  const id = String($(`#node-input-${property}`).val() ?? '');
  if (id === '' || id === noneChosen) throw say('suggest.choose');
  const found = await Promise.all(lists.map(list => listed(type, id, list, text)));
  if (found.flat().length === 0) throw say('suggest.none');
  return found.flat();
}

/** What a deployed connection offers for a field. @throws (a text) why there is nothing */
export async function choicesOf(type: string, id: string, list: string, text: string): Promise<Choice[]> {
  const found = await listed(type, id, list, text);
  if (found.length === 0) throw say('suggest.none');
  return found;
}

/** @throws (a text) why there is no list */
function listed(type: string, id: string, list: string, text: string): Promise<Choice[]> {
  const search = searched.has(list) && text !== '' ? `?text=${encodeURIComponent(text)}` : '';
  const address = `wap-billing/choices/${type}/${encodeURIComponent(id)}/${list}${search}`;
  const before = known.get(address);
  if (before !== undefined) return before;
  const asked = ask(address);
  known.set(address, asked);
  const forget = () => known.delete(address);
  asked.then(() => setTimeout(forget, keepMs), forget); // after a failure the next key asks again
  return asked;
}

/** The words of a typed choice field, or those of `words` when its value is only known at run time. */
export function chosenWord(name: string, words: string[]): string[] {
  const field = $(`#node-input-${name}`);
  const literal = $(`#node-input-${name}Type`).val() === 'str';
  const word = String(field.val() ?? '');
  return literal && words.includes(word) ? [word] : words;
}

async function ask(address: string): Promise<Choice[]> {
  const answer: unknown = await $.getJSON(address).catch((failed: JQuery.jqXHR) => {
    throw whyNot(failed);
  });
  return Array.isArray(answer) ? answer.filter(isChoice) : [];
}

function whyNot({ status, responseJSON }: JQuery.jqXHR): string {
  if (status === 404) return say('suggest.deployFirst');
  if (status === 401 || status === 403) return say('suggest.notAllowed');
  const text: unknown = responseJSON?.text;
  return say('suggest.notReachable', { why: typeof text === 'string' ? text : say('suggest.noNodeRed') });
}

const isChoice = (value: unknown): value is Choice =>
  typeof value === 'object' && value !== null && 'value' in value && 'label' in value;

/** Those that begin with the text come first, because Enter takes the first. What is typed in full needs no list, which
 *  would hide the rest of the dialog. */
export function fitting(choices: Choice[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  const place = ({ value, label }: Choice) => `${value} ${label}`.toLowerCase().indexOf(wanted);
  const found = choices.filter(choice => place(choice) >= 0 && choice.value !== text);
  return found.sort((a, b) => Number(place(a) > 0) - Number(place(b) > 0)).slice(0, longest);
}

/** `search` for the autoComplete widget of a field: why nothing is offered stands below it. */
export const sayingWhy =
  (search: Search, field: () => JQuery): ((text: string, show: (choices: Choice[]) => void) => void) =>
  (text, show) =>
    search(text, show, why => noteBelow(field(), why));

function noteBelow(field: JQuery, why: string): void {
  const row = field.closest('.form-row');
  const given = row.find('.wap-billing-note');
  const note = given.length > 0 ? given : $('<div class="wap-billing-note" role="status"/>').appendTo(row);
  note.text(why);
}
