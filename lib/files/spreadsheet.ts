import { lostCharacter } from './text';

/** How spreadsheets and editors damage ids, how the damage is recognised, and what to do. None of it can be undone: the
 *  original is lost. */
const damages: Array<[pattern: RegExp, problem: string]> = [
  [
    /^[+-]?\d+(?:[.,]\d+)?E[+-]\d+$/i,
    'is a number that a spreadsheet shortened (1.23E+15): format the column as text and fill it in again',
  ],
  [/^\d{5,}[.,]0+$/, 'is a number with decimals: format the column as text and fill it in again'],
  [
    /^\d{1,3}(?:[.,\u00A0\u202F ]\d{3}){2,}$/,
    'is a number in groups of three: format the column as text and fill it in again',
  ],
  [
    /^(?:\d{1,2}\/\d{1,2}\/\d{2,4}|\d{1,2}[.-]\d{1,2}[.-]\d{4}|\d{4}-\d{2}-\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?$/,
    'is a date, as spreadsheets make of ids: format the column as text and fill it in again',
  ],
  [
    /^(?:\d{1,2}[-. ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|mrz|mai|okt|dez)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|mrz|mai|okt|dez)[-. ]\d{2,4})(?:[-. ]\d{2,4})?$/i,
    'is a date, as spreadsheets make of ids: format the column as text and fill it in again',
  ],
  [/^#(?:.*[!?]|N\/A|N\/D|#+)$/i, 'is an error of a formula: correct it in the spreadsheet'],
  [/^=/, 'begins with "=" like a formula: save values, not formulas'],
  [
    /[\u201C-\u201F\u2018-\u201B\u00AB\u00BB\u2033]/u,
    'holds a typographic quote, as word processors write it: use a plain one, or none',
  ],
  [/\u2026$/u, 'was cut, as programs show what is too long: write all of it'],
  [
    /[\u00C2\u00C3][\u0080-\u00BF]|\u00E2\u20AC/u,
    'holds letters that were read in another encoding: save the file as "CSV UTF-8"',
  ],
  [/[\u2010-\u2015\u2212]/u, 'holds a typographic dash, as word processors write it: use a plain hyphen'],
  [
    /[\u00A0\u00AD\u1680\u2000-\u200F\u2028-\u202F\u205F-\u2064\u3000\uFEFF]/u,
    'holds a space or a character that is not seen: write it again',
  ],
];

/** Longer ones are no ids, and patterns on them would take long. */
const longestId = 400;

/** How an id in a CSV file was damaged; null if it looks intact. */
export function damageOf(id: string): string | null {
  if (id.length > longestId) return null; // reported separately
  const found = damages.find(([pattern]) => pattern.test(id))?.[1];
  return found === undefined ? null : `${found}. Where it is right all the same, import it as JSON`;
}

/** A cell whose bytes were not UTF-8. */
export function lostIn(text: string): string | null {
  if (!text.includes(lostCharacter)) return null;
  return 'holds bytes that are no UTF-8: save the file as "CSV UTF-8", and read it as a buffer';
}

/** `="0012"` is how people keep a spreadsheet from changing text. */
export function unforced(cell: string): string {
  return /^="([^"]*)"$/.exec(cell)?.[1] ?? cell;
}

/** Whether a spreadsheet rounded the ids: it keeps 15 digits. A single id of 16 digits that ends in zeros may be genuine. */
export function isRoundedColumn(long: string[]): boolean {
  const isRounded = (id: string): boolean => /^\d{15}0+$/.test(id);
  return long.every(isRounded) && (long.length > 1 || long.some(id => id.length >= 18));
}

/** For each line of a column that `isRoundedColumn` finds. */
export const roundedProblem =
  'is a number that a spreadsheet rounded to 15 digits, as all of its length in this column: format the column as text and fill it in again';
