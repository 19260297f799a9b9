/** A value that a field can take, and what is shown beside it. */
export interface Suggestion {
  value: string;
  label: string;
}

const pauseMs = 300;
let lists = 0;

/** The browser's own list of suggestions for a field, asked for a moment after the last key. */
export function suggestions(suggest: (text: string) => Promise<Suggestion[]>, input: JQuery): JQuery {
  const list = listOf(input);
  const fill = async () => {
    const text = textIn(input);
    show(list, text === '' ? [] : await suggest(text).catch(() => [])); // what the field is for says what is wrong
  };
  input.on('input', later(fill));
  return list;
}

/** The same from the moment the field is entered, and where nothing is offered it says why. `suggest` throws a text. */
export function suggestionsOrWhy(suggest: (text: string) => Promise<Suggestion[]>, input: JQuery): JQuery {
  const list = listOf(input);
  const why = $('<div class="wap-billing-desk-small" role="status"/>');
  let turn = 0;
  const fill = async () => {
    turn += 1;
    const mine = turn;
    const [found, reason] = await suggest(textIn(input)).then(
      choices => [choices, ''] as const,
      (failed: unknown) => [[], String(failed)] as const,
    );
    if (mine !== turn) return; // a slow answer to an earlier key
    show(list, found);
    why.text(reason);
  };
  input.on('focus', () => void fill()).on('input', later(fill));
  return $().add(list).add(why);
}

function listOf(input: JQuery): JQuery {
  lists += 1;
  const id = `wap-billing-desk-list-${lists}`;
  input.attr('list', id);
  return $('<datalist/>').attr('id', id);
}

const textIn = (input: JQuery): string => String(input.val() ?? '').trim();

function show(list: JQuery, found: readonly Suggestion[]): void {
  list.empty().append(found.map(({ value, label }) => $('<option/>').attr('value', value).text(label)));
}

function later(fill: () => Promise<void>): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void fill(), pauseMs);
  };
}
