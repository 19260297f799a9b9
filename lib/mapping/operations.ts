import { join } from 'node:path';
import { AdapterError, shapeOf } from '../errors';
import type { CsvSeparator } from '../files/csv';
import type { Tx } from '../state/port';
import { kindOf } from '../state/tables/mapping-entry';
import { exportMapping, type MappingFileRow, type MappingFormat, unmapped } from './file';
import { type ImportMode, type PreparedImport, prepareImport } from './import';
import { entriesOf, type Mapping, type MappingEntry, type MappingMatch } from './mapping';

/** What an operation on the mapping may need; each uses its part. Undefined means: no restriction. */
export interface MappingRequest {
  mappingKind: string | undefined;
  lookUpBy: 'wapId' | 'billingId';
  wapId: string | undefined;
  billingId: string | undefined;
  mappingName: string | undefined;
  note: string | undefined;
  replace: boolean;
  searchText: string | undefined;
  limit: number;
  /** Plans and add-ons as WAP shows them. */
  wapPlans: unknown;
  onlyUnmapped: boolean;
  fileFormat: 'csv' | 'csv-semicolon' | 'json';
  fileContent: unknown;
  importMode: ImportMode;
  dryRun: boolean;
}

/** `entry` is what was read, written or removed; `null` when it was not found. */
export interface MappingAnswer {
  payload: unknown;
  entry?: MappingEntry | null;
  /** How many there are in all, where `payload` may hold fewer. */
  total?: number;
}

/** One operation; `by`: who changes something, for the history. */
type Operation<T extends unknown[]> = (
  mapping: Mapping,
  request: MappingRequest,
  by: string,
  ...tx: T
) => Promise<MappingAnswer>;

/** Operations on single entries, each part of the caller's transaction. Errors are those of `Mapping`, and INPUT_MISSING
 *  naming the field. */
export const entryOperations = { put, get, remove, list, history } satisfies Record<string, Operation<[Tx]>>;

/** Operations that read many rows, in transactions of their own. Errors: INPUT_MISSING or INPUT_INVALID naming the field. */
export const bulkOperations = { export: exportFile, unmapped: missing } satisfies Record<string, Operation<[]>>;

async function put(mapping: Mapping, request: MappingRequest, by: string, tx: Tx): Promise<MappingAnswer> {
  const { mappingName, note, replace } = request;
  const { entry } = await mapping.put(
    tx,
    {
      kind: given(request, 'mappingKind'),
      wapId: given(request, 'wapId'),
      billingId: given(request, 'billingId'),
      ...(mappingName === undefined ? {} : { name: mappingName }),
      ...(note === undefined ? {} : { note }),
    },
    { by, replace },
  );
  return { payload: entry, entry };
}

/** Null as `entry` is no error here: the flow goes on by another output. */
async function get(mapping: Mapping, request: MappingRequest, _by: string, tx: Tx): Promise<MappingAnswer> {
  const kind = given(request, 'mappingKind');
  const id = given(request, request.lookUpBy);
  const entry =
    request.lookUpBy === 'wapId'
      ? await mapping.findByWapId(tx, kind, id)
      : await mapping.findByBillingId(tx, kind, id);
  return { payload: entry ?? { kind, [request.lookUpBy]: id }, entry };
}

/** What is not there need not be removed. */
async function remove(mapping: Mapping, request: MappingRequest, by: string, tx: Tx): Promise<MappingAnswer> {
  const found = await get(mapping, request, by, tx);
  if (!found.entry) return found;
  const entry = await mapping.remove(tx, found.entry.kind, found.entry.wapId, by);
  return { payload: entry, entry };
}

async function list(mapping: Mapping, request: MappingRequest, _by: string, tx: Tx): Promise<MappingAnswer> {
  const { entries, total } = await mapping.list(tx, { ...filterOf(request), limit: request.limit });
  return { payload: entries, total };
}

async function history(mapping: Mapping, request: MappingRequest, _by: string, tx: Tx): Promise<MappingAnswer> {
  const { wapId, limit } = request;
  const of = wapId === undefined ? null : { kind: given(request, 'mappingKind'), wapId };
  return { payload: await mapping.history(tx, of, { limit }) };
}

/** The request's file, read and checked; `importPrepared` does the rest.
 *  @throws INPUT_MISSING or INPUT_INVALID naming the field */
export async function preparedFile(request: MappingRequest, by: string): Promise<PreparedImport> {
  const file = fileOf(request.fileContent);
  const { importMode: mode, dryRun } = request;
  return prepareImport(file, { format: formatOf(file), mode, dryRun, by });
}

/** The path of an exported file in a folder. */
export const mappingFile = (folder: string, { fileFormat }: MappingRequest): string =>
  join(folder, `wap-billing-mapping.${fileFormat === 'json' ? 'json' : 'csv'}`);

/** All in one text: a message carries it to whatever writes it. */
async function exportFile(mapping: Mapping, request: MappingRequest): Promise<MappingAnswer> {
  const rows = request.onlyUnmapped ? await missingRows(mapping, request) : entriesOf(mapping, filterOf(request));
  const [format, separator]: [MappingFormat, CsvSeparator] =
    request.fileFormat === 'json' ? ['json', ','] : ['csv', request.fileFormat === 'csv' ? ',' : ';'];
  const pieces: string[] = [];
  for await (const piece of exportMapping(rows, format, separator)) pieces.push(piece);
  return { payload: pieces.join('') };
}

async function missing(mapping: Mapping, request: MappingRequest): Promise<MappingAnswer> {
  return { payload: await missingRows(mapping, request) };
}

/** What WAP has and the mapping lacks; the flow brings WAP's list, so that this room needs no WAP. */
async function missingRows(mapping: Mapping, { wapPlans, mappingKind }: MappingRequest): Promise<MappingFileRow[]> {
  if (!Array.isArray(wapPlans)) {
    throw refused(
      'wapPlans',
      wapPlans,
      'the list of plans or add-ons of WAP: wire a node before this one that lists them',
    );
  }
  const objects = wapPlans.map((plan: unknown, index) => mappable(plan, mappingKind, `wapPlans[${index}]`));
  const entries: MappingEntry[] = [];
  for await (const entry of entriesOf(mapping)) entries.push(entry);
  return [...unmapped(objects, entries)];
}

/** A given kind holds for all; otherwise each object shows its kind by fields that only one kind has. */
function mappable(plan: unknown, kind: string | undefined, field: string) {
  if (typeof plan !== 'object' || plan === null || !('Id' in plan) || typeof plan.Id !== 'string') {
    throw refused(field, plan, 'a plan or add-on of WAP, with its Id');
  }
  const own = 'MaxOccurrencesPerPlan' in plan || 'AssociatedPlans' in plan ? 'addon' : 'plan';
  const name = 'DisplayName' in plan && typeof plan.DisplayName === 'string' ? plan.DisplayName : null;
  return { kind: kind === undefined ? own : kindOf(kind), wapId: plan.Id, name };
}

/** What is left out does not narrow the list. */
function filterOf({ mappingKind, searchText }: MappingRequest): MappingMatch {
  return {
    ...(mappingKind === undefined ? {} : { kind: kindOf(mappingKind) }),
    ...(searchText === undefined ? {} : { text: searchText }),
  };
}

/** @throws INPUT_MISSING, INPUT_INVALID */
function fileOf(content: unknown): string | Uint8Array {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  throw refused('fileContent', content, 'the text of a mapping file, CSV or JSON: read the file with a file node');
}

/** JSON begins with a bracket, CSV with column names; either may be preceded by a byte order mark. */
export function formatOf(file: string | Uint8Array): MappingFormat {
  const start = typeof file === 'string' ? file.slice(0, 100) : new TextDecoder().decode(file.subarray(0, 100));
  return /^[\s\uFEFF\uFFFD\0]*[[{]/.test(start) ? 'json' : 'csv';
}

/** A field that the operation needs. @throws INPUT_MISSING naming it */
function given(request: MappingRequest, field: 'mappingKind' | 'wapId' | 'billingId'): string {
  const value = request[field];
  if (value !== undefined) return value;
  throw AdapterError.advising(
    'INPUT_MISSING',
    `${field}: nothing was given. Wire a node before this one that sets it, or choose another source in the dialog.`,
    { subject: field },
  );
}

/** INPUT_MISSING where there is nothing, else INPUT_INVALID, naming the shape and never the value. */
function refused(field: string, value: unknown, wanted: string): AdapterError {
  const code = value === undefined ? 'INPUT_MISSING' : 'INPUT_INVALID';
  return new AdapterError(code, `${field}: expected ${wanted}, but got ${shapeOf(value)}.`, { subject: field });
}
