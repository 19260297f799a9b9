import { damageOf } from './spreadsheet';

/** One record of a CSV text and the line it begins on, from 1. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

/** What stands between the cells. */
export type CsvSeparator = ',' | ';' | '\t';

/** A CSV text as read, up to where it is broken. */
export interface CsvText {
  separator: CsvSeparator;
  records: CsvRecord[];
  /** The line of a quote that is never closed, or of text after a closing quote. */
  broken: Broken | null;
}

/** Where a text stops being CSV, and why. */
export interface Broken {
  line: number;
  problem: string;
}

/** Reads CSV as RFC 4180 describes it and as spreadsheets write it: with or without a byte order mark; CRLF, LF or CR;
 *  separated by comma, semicolon (Spanish Excel, among others) or tab, recognised from the first record or Excel's `sep=;`
 *  line. Blank lines are skipped. */
export function parseCsv(text: string): CsvText {
  const { separator, records } = openCsv(text);
  const found: CsvRecord[] = [];
  for (const record of records) {
    if ('problem' in record) return { separator, records: found, broken: record };
    found.push(record);
  }
  return { separator, records: found, broken: null };
}

/** `parseCsv`, record by record. Where the text is broken, the last element says so instead of being a record. */
export function openCsv(text: string): { separator: CsvSeparator; records: Iterable<CsvRecord | Broken> } {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const told = /^sep=([,;\t])(?:\r\n|\r|\n)/i.exec(body.slice(0, 10));
  const separator = told ? asSeparator(told[1]) : separatorOf(body.slice(0, longestHeader));
  return { separator, records: readRecords(body, told?.[0].length ?? 0, separator, told ? 2 : 1) };
}

/** How much of the first line is looked at for the separator. */
const longestHeader = 10_000;

/** A comma for what is none of ours. */
function asSeparator(text: string | undefined): CsvSeparator {
  return text === ';' || text === '\t' ? text : ',';
}

/** The separator that occurs most often in the first line, outside quotes. */
function separatorOf(text: string): CsvSeparator {
  const firstLine = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? '';
  const count = (separator: string) => firstLine.split(separator).length;
  const bySize = ([',', ';', '\t'] as const).map(separator => ({ separator, times: count(separator) }));
  return bySize.reduce((best, each) => (each.times > best.times ? each : best)).separator;
}

/** Blank lines are no records, but are counted: a problem is named by the line that a person sees. */
function* readRecords(
  text: string,
  start: number,
  separator: string,
  firstLine: number,
): Generator<CsvRecord | Broken, void, undefined> {
  const cellEnd = new RegExp(`[${separator}\\r\\n]`, 'g');
  let at = start;
  let line = firstLine;
  let record: CsvRecord = { line, cells: [] };
  while (at < text.length) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at);
      if (!quoted) return yield { line, problem: 'a quote is opened and never closed' };
      record.cells.push(quoted.cell);
      line += lineBreaks(quoted.cell);
      at = quoted.end;
      if (at < text.length && text[at] !== separator && text[at] !== '\r' && text[at] !== '\n') {
        return yield { line, problem: 'there is text after a closing quote' };
      }
    } else {
      cellEnd.lastIndex = at;
      const end = cellEnd.exec(text)?.index ?? text.length;
      record.cells.push(text.slice(at, end));
      at = end;
    }
    if (text[at] === separator) {
      at++;
      if (at === text.length || text[at] === '\r' || text[at] === '\n') record.cells.push('');
    }
    if (at === text.length || text[at] === '\r' || text[at] === '\n') {
      if (record.cells.some(cell => cell !== '')) yield record;
      if (text[at] === '\r' && text[at + 1] === '\n') at++;
      at++;
      line++;
      record = { line, cells: [] };
    }
  }
}

/** A quoted cell from its opening quote on, and where it ends; null when it is never closed. */
function readQuoted(text: string, start: number): { cell: string; end: number } | null {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return null;
    if (text[quote + 1] !== '"') {
      return { cell: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    at = quote + 2;
  }
}

/** How many lines a cell takes beyond its first. */
function lineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** One record with its CRLF. A cell is quoted if any of the separators would need it. */
export function csvRecord(cells: readonly string[], separator: CsvSeparator): string {
  const quoted = cells.map(cell => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(separator)}\r\n`;
}

/** Text that a spreadsheet would run as a formula, possibly guarded by apostrophes already. */
const formula = /^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;
/** Stays as it is, whatever the other patterns make of its digits and hyphens. */
const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** Text that a spreadsheet would take for a number, a date or a boolean and save as it shows it: 00123 as 123, twelve digits as
 *  1.23E+11. */
const rewritten = [
  /^0\d/,
  /^\d{12,}$/,
  /^\d[\d.,:/\s+-]*[^\d][\d.,:/\s+-]*$/,
  /^\d+(?:[.,]\d+)?E[+-]?\d+$/i,
  /^(?:\d{1,2}[-./\s])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*(?:[-./\s]\d{1,4})?$/i,
  /^(?:true|false|verdadero|falso)$/i,
];

/** Numbers and dates are short. */
const longestRewritten = 100;

/** Puts an apostrophe before text that a spreadsheet would run or change. `unguardCell` removes it again. Any text survives the
 *  round trip: one that starts with an apostrophe of its own gets a second. */
export function guardCell(text: string): string {
  return needsGuard(text) ? `'${text}` : text;
}

/** Takes one apostrophe off text that `guardCell` would have put it before; any other text stays as it is. */
export function unguardCell(text: string): string {
  return text.startsWith("'") && needsGuard(text) ? text.slice(1) : text;
}

/** Whatever the import would refuse as damaged is guarded as well, so that an export can always be imported. */
function needsGuard(text: string): boolean {
  if (formula.test(text)) return true;
  const bare = text.replace(/^'+/, '').trim();
  if (guid.test(bare)) return false;
  const isShort = bare.length <= longestRewritten;
  return (isShort && rewritten.some(pattern => pattern.test(bare))) || damageOf(bare) !== null;
}
