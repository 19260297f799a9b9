import { yieldToLoop } from '../async/event-loop';
import { AdapterError, shapeOf } from '../errors';
import { type CsvRecord, type CsvSeparator, csvRecord, guardCell, openCsv, unguardCell } from '../files/csv';
import { jsonElements } from '../files/json-list';
import { damageOf, isRoundedColumn, lostIn, roundedProblem, unforced } from '../files/spreadsheet';
import { decodeFile } from '../files/text';
import { kindOf, type MappingEntry, type MappingField, wapKeyOf } from '../state/tables/mapping-entry';

/** How a mapping file is written. */
export type MappingFormat = 'csv' | 'json';

/** One row of a mapping file: the columns of the CSV, the fields of the JSON objects. */
export interface MappingFileRow {
  kind: string;
  wapId: string;
  /** Empty in a list of what is unmapped, for the administrator to fill in. */
  billingId: string;
  name: string | null;
  note: string | null;
}

/** A row as read, not yet checked. `undefined`: the file has no such field. */
export interface ReadRow {
  /** Line of the CSV, or number of the JSON entry; from 1. */
  line: number;
  fields: Record<MappingField, unknown>;
}

/** One thing that is wrong with a file. */
export interface ImportProblem {
  line: number;
  field: MappingField | 'file';
  /** What is wrong and what to do about it. */
  problem: string;
}

/** What a file holds, read but not compared with the store. */
export interface ReadFile {
  rows: ReadRow[];
  problems: ImportProblem[];
  /** Columns that the store has no place for. */
  ignoredColumns: string[];
}

/** The columns in the order in which they are exported. */
export const mappingColumns = ['kind', 'wapId', 'billingId', 'name', 'note'] as const;

/** Largest file taken, in bytes or characters. */
const largestFile = 64 * 1024 * 1024;

/** The rows as text, in pieces. CSV begins with a byte order mark, without which Excel misreads accents; `separator` is `;`
 *  where spreadsheets write decimals with a comma. A cell that a spreadsheet would run as a formula or change (00123, a date)
 *  is guarded by an apostrophe, which the import removes again. */
export async function* exportMapping(
  rows: AsyncIterable<MappingFileRow | MappingEntry> | Iterable<MappingFileRow | MappingEntry>,
  format: MappingFormat,
  separator: CsvSeparator = ',',
): AsyncGenerator<string, void, undefined> {
  if (format === 'csv') {
    yield `\uFEFF${csvRecord(mappingColumns, separator)}`;
    for await (const row of rows) {
      yield csvRecord(
        mappingColumns.map(column => guardCell(row[column] ?? '')),
        separator,
      );
    }
    return;
  }
  let before = '[\n';
  for await (const { kind, wapId, billingId, name, note } of rows) {
    yield before + JSON.stringify({ kind, wapId, billingId, name, note });
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** What WAP has and the mapping lacks, with an empty billing id to fill in. */
export function* unmapped(
  objects: Iterable<{ kind: string; wapId: string; name?: string | null }>,
  entries: Iterable<Pick<MappingEntry, 'kind' | 'wapId'>>,
): Generator<MappingFileRow, void, undefined> {
  const key = (of: { kind: string; wapId: string }) => JSON.stringify([kindOf(of.kind), wapKeyOf(of)]);
  const known = new Set<string>();
  for (const entry of entries) known.add(key(entry));
  for (const object of objects) {
    if (known.has(key(object))) continue;
    yield { kind: object.kind, wapId: object.wapId, billingId: '', name: object.name ?? null, note: null };
  }
}

/** Reads a mapping file (UTF-8, or UTF-16 with a byte order mark) in pieces that leave the event loop free. Problems are
 *  collected, not thrown.
 *  @throws INPUT_INVALID when it is not text, or too large */
export async function readMapping(file: string | Uint8Array, format: MappingFormat): Promise<ReadFile> {
  if (file.length > largestFile) {
    const size = `${Math.ceil(file.length / 1024 / 1024)} MiB`;
    throw AdapterError.advising('INPUT_INVALID', `The mapping file has ${size}: split it, 64 MiB is the most.`, {
      subject: 'file',
    });
  }
  const text = typeof file === 'string' ? file : await decodeFile(file);
  return format === 'csv' ? readCsv(text) : readJson(text);
}

/** A row as read, and whether some of its text was lost. */
function keepRow({ rows, problems }: ReadFile, row: ReadRow): void {
  rows.push(row);
  for (const field of mappingColumns) {
    const value = row.fields[field];
    const lost = typeof value === 'string' ? lostIn(value) : null;
    if (lost) problems.push({ line: row.line, field, problem: lost });
  }
}

/** Records read before the event loop gets a turn. */
const partSize = 500;

/** Stops at the first line that has no form at all, because what follows it cannot be trusted. */
async function readCsv(text: string): Promise<ReadFile> {
  const read: ReadFile = { rows: [], problems: [], ignoredColumns: [] };
  let columns: Columns | null = null;
  const long: LongNumber[] = [];
  let count = 0;
  for (const record of openCsv(text).records) {
    if ('problem' in record) return failed(record.line, `${record.problem}: correct the quotes`);
    count += 1;
    if (count % partSize === 0) await yieldToLoop();
    if (columns) {
      readRow(record, columns, read);
      long.push(...longNumbers(read.rows.at(-1)));
    } else {
      const found = columnsOf(record);
      if (typeof found === 'string') return failed(record.line, found);
      columns = found;
      read.ignoredColumns = columns.ignored;
    }
  }
  if (!columns) return failed(1, `is empty: its first line names the columns ${mappingColumns.join(', ')}`);
  refuseRounded(read, long);
  return read;
}

/** Where each column stands. */
interface Columns {
  count: number;
  ignored: string[];
  /** Its place, or -1. */
  at: Record<MappingField, number>;
}

/** The columns by the first line; a sentence when it cannot be used. */
function columnsOf({ cells }: CsvRecord): Columns | string {
  const lost = cells.map(lostIn).find(problem => problem !== null);
  if (lost) return lost;
  const names = cells.map(name => unforced(name.trim()).trim().toLowerCase());
  const at = (column: string) => names.indexOf(column.toLowerCase());
  const missing = (['kind', 'wapId', 'billingId'] as const).filter(column => at(column) < 0);
  const twice = mappingColumns.filter(column => at(column) !== names.lastIndexOf(column.toLowerCase()));
  if (missing.length > 0) return `has no column ${missing.join(', ')}: add it to the first line`;
  if (twice.length > 0) return `has the column ${twice.join(', ')} twice: remove one`;
  const known = new Set(mappingColumns.map(column => column.toLowerCase()));
  return {
    count: names.length,
    ignored: cells.filter((_, index) => names[index] !== '' && !known.has(names[index] ?? '')),
    at: Object.fromEntries(mappingColumns.map(column => [column, at(column)])) as Columns['at'],
  };
}

/** Adds one line. Ids are taken as typed, less what spreadsheets add around them; names and notes with their spaces. */
function readRow({ line, cells }: CsvRecord, { count, at }: Columns, read: ReadFile): void {
  const { problems } = read;
  if (cells.slice(count).some(cell => cell !== '')) {
    problems.push({ line, field: 'file', problem: 'has more cells than the first line: quote a cell that needs it' });
  }
  const cell = (column: MappingField) => (at[column] < 0 ? undefined : (cells[at[column]] ?? ''));
  const id = (column: 'kind' | 'wapId' | 'billingId') => {
    const written = unforced((cell(column) ?? '').trim());
    const bare = unguardCell(written);
    const damage = bare === written ? damageOf(written) : null;
    if (damage) problems.push({ line, field: column, problem: damage });
    return bare.trim();
  };
  const text = (column: 'name' | 'note') => {
    const written = cell(column);
    return written === undefined ? undefined : unguardCell(written);
  };
  const ids = { kind: id('kind'), wapId: id('wapId'), billingId: id('billingId') };
  keepRow(read, { line, fields: { ...ids, name: text('name'), note: text('note') } });
}

/** An id of 16 digits or more, beyond what a spreadsheet keeps. */
interface LongNumber {
  line: number;
  field: 'wapId' | 'billingId';
  id: string;
}

function longNumbers(row: ReadRow | undefined): LongNumber[] {
  const fields = ['wapId', 'billingId'] as const;
  const ids = fields.map(field => ({ line: row?.line ?? 0, field, id: String(row?.fields[field]) }));
  return ids.filter(({ id }) => /^\d{16,}$/.test(id));
}

/** Only a whole column shows it: a single id may end in zeros by itself. */
function refuseRounded({ problems }: ReadFile, long: LongNumber[]): void {
  for (const field of ['wapId', 'billingId'] as const) {
    const ofColumn = long.filter(each => each.field === field);
    if (!isRoundedColumn(ofColumn.map(({ id }) => id))) continue;
    for (const { line } of ofColumn) problems.push({ line, field, problem: roundedProblem });
  }
}

/** Entry by entry, so that one bad entry does not spoil the others. */
async function readJson(text: string): Promise<ReadFile> {
  const read: ReadFile = { rows: [], problems: [], ignoredColumns: [] };
  const ignored = new Set<string>();
  let count = 0;
  for (const element of jsonElements(text)) {
    const item = 'broken' in element ? undefined : parsed(element.text);
    if (item === undefined) return failed('broken' in element ? element.broken : element.line, notJson(text));
    count += 1;
    if (count % partSize === 0) await yieldToLoop();
    if (item === null || typeof item !== 'object' || Array.isArray(item)) {
      read.problems.push({ line: count, field: 'file', problem: `is ${shapeOf(item)}: give an object` });
      continue;
    }
    const has = item as Record<string, unknown>;
    const { kind, wapId, billingId, name, note } = has;
    keepRow(read, { line: count, fields: { kind, wapId, billingId, name, note } });
    for (const field of Object.keys(has)) if (!mappingColumns.some(column => column === field)) ignored.add(field);
  }
  return { ...read, ignoredColumns: [...ignored] };
}

/** `undefined` for what is not JSON; V8's own message would quote a piece of the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong, without quoting the file. */
function notJson(text: string): string {
  const isObject = /^[\s\uFEFF]*\{/.test(text.slice(0, 1000));
  return isObject ? 'is an object: give a list of objects' : 'is not valid JSON here: correct the text';
}

/** Nothing could be read from here on, so no row counts. */
function failed(line: number, problem: string): ReadFile {
  return { rows: [], problems: [{ line, field: 'file', problem }], ignoredColumns: [] };
}
