type Cell = string | number | null;

/** Lines of a CSV file (RFC 4180): the first part brings the header. */
export function csvLines(rows: Array<Record<string, Cell>>, isFirst: boolean): string {
  const [first] = rows;
  const header = isFirst && first ? [Object.keys(first).map(cell)] : [];
  return [...header, ...rows.map(row => Object.values(row).map(cell))].map(line => `${line.join(',')}\r\n`).join('');
}

/** A spreadsheet takes a text that begins so for a formula, and names come from outside. */
const looksLikeFormula = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = looksLikeFormula.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
