import { AdapterError, shapeOf } from '../errors';
import { type CsvSeparator, csvRecord, guardCell, parseCsv, unguardCell } from './csv';
import { kindOf, type MappingEntry, type MappingField, wapKeyOf } from './mapping-entry';

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

export interface ImportProblem {
  line: number;
  field: MappingField | 'file';
  /** What is wrong and what to do about it. */
  problem: string;
}

export interface ReadFile {
  rows: ReadRow[];
  problems: ImportProblem[];
  /** Columns that the store has no place for. */
  ignoredColumns: string[];
}

export const mappingColumns = ['kind', 'wapId', 'billingId', 'name', 'note'] as const;

/** Largest file taken, in bytes or characters. */
const largestFile = 64 * 1024 * 1024;

/** The rows as text, in pieces. CSV begins with a byte order mark, without which Excel misreads accents; `separator`
 *  is `;` for a spreadsheet of a country that writes decimals with a comma. A cell that a spreadsheet would run as
 *  a formula gets one apostrophe in front, which the import takes away again. */
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

/** What WAP has and the mapping has not, with an empty billing id to fill in. */
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

/** Reads a mapping file, UTF-8 (or UTF-16 with a byte order mark). Problems are collected, not thrown.
 *  @throws INPUT_INVALID when it is not text, or too large. */
export function readMapping(file: string | Uint8Array, format: MappingFormat): ReadFile {
  if (file.length > largestFile) {
    const size = `${Math.ceil(file.length / 1024 / 1024)} MiB`;
    throw new AdapterError('INPUT_INVALID', `The mapping file has ${size}: split it, 64 MiB is the most.`, {
      subject: 'file',
    });
  }
  const text = typeof file === 'string' ? file : decode(file);
  return format === 'csv' ? readCsv(text) : readJson(text);
}

function decode(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AdapterError(
      'INPUT_INVALID',
      'The mapping file is not UTF-8 text: save it as "CSV UTF-8" in the spreadsheet.',
      { subject: 'file' },
    );
  }
}

function readCsv(text: string): ReadFile {
  const { records, broken } = parseCsv(text);
  const [header, ...body] = records;
  if (broken) return failed(broken.line, `${broken.problem}: correct the quotes`);
  if (!header) return failed(1, `is empty: its first line names the columns ${mappingColumns.join(', ')}`);
  const names = header.cells.map(name => name.trim().toLowerCase());
  const at = (column: string) => names.indexOf(column.toLowerCase());
  const missing = (['kind', 'wapId', 'billingId'] as const).filter(column => at(column) < 0);
  const twice = mappingColumns.filter(column => at(column) !== names.lastIndexOf(column.toLowerCase()));
  if (missing.length > 0) return failed(header.line, `has no column ${missing.join(', ')}: add it to the first line`);
  if (twice.length > 0) return failed(header.line, `has the column ${twice.join(', ')} twice: remove one`);
  const problems: ImportProblem[] = [];
  const rows = body.map(({ line, cells }) => {
    if (cells.slice(names.length).some(cell => cell !== '')) {
      problems.push({ line, field: 'file', problem: 'has more cells than the first line: quote a cell that needs it' });
    }
    const cell = (column: MappingField) => (at(column) < 0 ? undefined : unguardCell(cells[at(column)] ?? ''));
    const ids = { kind: cell('kind')?.trim(), wapId: cell('wapId')?.trim(), billingId: cell('billingId')?.trim() };
    return { line, fields: { ...ids, name: cell('name'), note: cell('note') } };
  });
  const known = new Set(mappingColumns.map(column => column.toLowerCase()));
  const ignoredColumns = header.cells.filter((_, index) => names[index] !== '' && !known.has(names[index] ?? ''));
  return { rows, problems, ignoredColumns };
}

function readJson(text: string): ReadFile {
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // V8's sentence would repeat a piece of the file.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const line = position ? text.slice(0, Number(position)).split('\n').length : 1;
    return failed(line, 'is not valid JSON here: correct the text');
  }
  if (!Array.isArray(list)) return failed(1, `is ${shapeOf(list)}: give a list of objects`);
  const problems: ImportProblem[] = [];
  const ignored = new Set<string>();
  const rows: ReadRow[] = [];
  for (const [index, item] of list.entries()) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) {
      problems.push({ line: index + 1, field: 'file', problem: `is ${shapeOf(item)}: give an object` });
      continue;
    }
    const has = item as Record<string, unknown>;
    const { kind, wapId, billingId, name, note } = has;
    rows.push({ line: index + 1, fields: { kind, wapId, billingId, name, note } });
    for (const field of Object.keys(has)) if (!mappingColumns.some(column => column === field)) ignored.add(field);
  }
  return { rows, problems, ignoredColumns: [...ignored] };
}

function failed(line: number, problem: string): ReadFile {
  return { rows: [], problems: [{ line, field: 'file', problem }], ignoredColumns: [] };
}
