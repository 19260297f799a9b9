/** What a cell can hold; null is an empty one. */
export type Cell = string | number | boolean | null;
/** A line by the names of its columns. */
export type CsvRow = Record<string, Cell>;

/** The beginning of a CSV file (RFC 4180), with the mark by which a spreadsheet knows UTF-8. */
export const csvHeader = (columns: readonly string[], separator = ','): string => `\uFEFF${line(columns, separator)}`;

/** Lines of a CSV file in the order of the columns; a field that a row lacks is an empty cell. */
export const csvLines = (columns: readonly string[], rows: readonly CsvRow[], separator = ','): string =>
  rows
    .map(row =>
      line(
        columns.map(column => row[column] ?? null),
        separator,
      ),
    )
    .join('');

/** One line with its CRLF. */
const line = (cells: readonly Cell[], separator: string): string => `${cells.map(cell).join(separator)}\r\n`;

/** A spreadsheet runs a text that begins like this as a formula, and names come from outside. */
const looksLikeFormula = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** A number stays one, also where it is a text with a minus; any other text that looks like a formula is guarded. */
function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = looksLikeFormula.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
