/** A value that a field can take, and what the user sees in the list. */
interface Choice {
  value: string;
  label: string;
}

/** Searches what fits the text typed so far; as Node-RED's autoComplete widget takes it. */
export type Search = (text: string, show: (choices: Choice[]) => void) => void;

const longest = 50;

/** Suggestions read from the other side of a deployed connection: `property` names the configuration node's property in
 *  this dialog, `what` the lists to read (asked when the user types, because it may depend on other fields). Without an
 *  answer (not deployed yet, no permission, server down) nothing is offered and the field stays a free text. */
export function suggest(property: string, type: string, what: () => string[]): Search {
  const known = new Map<string, Promise<Choice[]>>();
  const read = (list: string): Promise<Choice[]> => {
    const id = String($(`#node-input-${property}`).val() ?? '');
    if (id === '' || id === '_ADD_') return Promise.resolve([]);
    const address = `wap-billing/choices/${type}/${encodeURIComponent(id)}/${list}`;
    const asked = known.get(address) ?? ask(address);
    known.set(address, asked);
    asked.catch(() => known.delete(address)); // the next key asks again
    return asked;
  };
  return (text, show) => {
    Promise.all(what().map(list => read(list).catch(() => []))).then(
      lists => show(fitting(lists.flat(), text)),
      () => show([]),
    );
  };
}

/** The words of a typed choice field, or those of `words` when its value is only known at run time. */
export function chosenWord(name: string, words: string[]): string[] {
  const field = $(`#node-input-${name}`);
  const literal = $(`#node-input-${name}Type`).val() === 'str';
  const word = String(field.val() ?? '');
  return literal && words.includes(word) ? [word] : words;
}

const ask = async (address: string): Promise<Choice[]> => {
  const answer: unknown = await $.getJSON(address);
  return Array.isArray(answer) ? answer.filter(isChoice) : [];
};

const isChoice = (value: unknown): value is Choice =>
  typeof value === 'object' && value !== null && 'value' in value && 'label' in value;

/** Those that begin with the text come first, because Enter takes the first. What is typed in full needs no list, which
 *  would hide the rest of the dialog. */
function fitting(choices: Choice[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  const place = ({ value, label }: Choice) => `${value} ${label}`.toLowerCase().indexOf(wanted);
  const found = choices.filter(choice => place(choice) >= 0 && choice.value !== text);
  return found.sort((a, b) => Number(place(a) > 0) - Number(place(b) > 0)).slice(0, longest);
}
