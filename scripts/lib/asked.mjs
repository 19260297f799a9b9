import { fail } from './say.mjs';

/** Whether a part was asked for on the command line: by one of its names, or all of them by none. A name that no part has is a slip,
 *  and would run nothing. `parts`: the names of each. */
export function askedFor(parts) {
  const words = process.argv.slice(2);
  const known = [...new Set(parts.flat())];
  const strange = words.filter(word => !known.includes(word));
  if (strange.length > 0) fail(`There is no ${strange.join(', ')}. There are: ${known.join(', ')}.`);
  return names => words.length === 0 || words.some(word => names.includes(word));
}
