/** One record of a CSV text and the line it begins on, from 1. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

export type CsvSeparator = ',' | ';' | '\t';

export interface CsvText {
  separator: CsvSeparator;
  records: CsvRecord[];
  /** The line of a quote that is never closed, or of text after a closing quote. */
  broken: { line: number; problem: string } | null;
}

/** Reads CSV as RFC 4180 has it, and as spreadsheets write it: with or without a byte order mark, CRLF, LF or CR,
 *  separated by comma, semicolon (Spanish Excel, among others) or tab, recognised by the first record or an Excel
 *  `sep=;` line. Blank lines are left out. */
export function parseCsv(text: string): CsvText {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const told = /^sep=([,;\t])\r?\n/i.exec(body);
  const separator = told ? asSeparator(told[1]) : separatorOf(body);
  const { records, broken } = readRecords(body, told?.[0].length ?? 0, separator, told ? 2 : 1);
  return { separator, records: records.filter(record => record.cells.some(cell => cell !== '')), broken };
}

function asSeparator(text: string | undefined): CsvSeparator {
  return text === ';' || text === '\t' ? text : ',';
}

/** The separator that the first line has most of, outside of quotes. */
function separatorOf(text: string): CsvSeparator {
  const firstLine = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? '';
  const count = (separator: string) => firstLine.split(separator).length;
  const bySize = ([',', ';', '\t'] as const).map(separator => ({ separator, times: count(separator) }));
  return bySize.reduce((best, each) => (each.times > best.times ? each : best)).separator;
}

function readRecords(text: string, start: number, separator: string, firstLine: number) {
  const records: CsvRecord[] = [];
  const cellEnd = new RegExp(`[${separator}\\r\\n]`, 'g');
  let at = start;
  let line = firstLine;
  let record: CsvRecord = { line, cells: [] };
  while (at < text.length) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at);
      if (!quoted) return { records, broken: { line, problem: 'a quote is opened and never closed' } };
      record.cells.push(quoted.cell);
      line += lineBreaks(quoted.cell);
      at = quoted.end;
      if (at < text.length && text[at] !== separator && text[at] !== '\r' && text[at] !== '\n') {
        return { records, broken: { line, problem: 'there is text after a closing quote' } };
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
      records.push(record);
      if (text[at] === '\r' && text[at + 1] === '\n') at++;
      at++;
      line++;
      record = { line, cells: [] };
    }
  }
  return { records, broken: null };
}

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

function lineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** One record with its CRLF. Cells are quoted when they need it under any of the separators. */
export function csvRecord(cells: readonly string[], separator: CsvSeparator): string {
  const quoted = cells.map(cell => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(separator)}\r\n`;
}

/** What a spreadsheet would run as a formula, perhaps with our apostrophes already in front. */
const formula = /^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** Puts one apostrophe before a text that a spreadsheet would take for a formula. `unguardCell` takes it away again:
 *  any text comes back as it was, because a text that has the apostrophe of its own gets a second one. */
export function guardCell(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

export function unguardCell(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text;
}
