/** Fills the select `#node-config-input-<name>` with words that only the runtime knows, and chooses `current`; a word that
 *  is gone from the runtime is kept, so that opening the dialog changes nothing. */
export function options(name: string, words: unknown, current: unknown, textOf: (word: string) => string): void {
  const known = Array.isArray(words) ? words.map(String) : [];
  const chosen = typeof current === 'string' && current !== '' ? current : known[0];
  const all = chosen === undefined || known.includes(chosen) ? known : [...known, chosen];
  const select = $(`#node-config-input-${name}`).empty();
  for (const word of all) select.append(new Option(textOf(word), word));
  select.val(chosen ?? '');
}
