import { yieldToLoop } from '../async/event-loop';
import { AdapterError } from '../errors';
import type { TransactionOptions, Tx } from '../state/port';
import { billingKeyOf, kindOf, type MappingInput, problemsOf, wapKeyOf } from '../state/tables/mapping-entry';
import { undoImports } from '../state/tables/mapping-undo';
import { type ImportProblem, type MappingFormat, type ReadRow, readMapping } from './file';
import { type ImportMode, planImport, rowsBetweenBreaths, type WantedLine } from './import-plan';
import { writePlan } from './import-write';
import type { Mapping } from './mapping';

export type { ImportMode };

/** How a file is imported; `mode` is `merge` unless it says otherwise. */
export interface ImportOptions {
  format: MappingFormat;
  mode?: ImportMode;
  /** Checks everything, reports what would happen, writes nothing. */
  dryRun?: boolean;
  /** Who imports, for the history. */
  by: string;
}

/** How many entries an import added, changed, left and removed, or would with `dryRun`. */
export interface ImportResult {
  added: number;
  changed: number;
  same: number;
  removed: number;
  /** Lines whose billing id is still empty; they were left out. */
  unfilled: number;
  ignoredColumns: string[];
  dryRun: boolean;
}

/** A mapping file as read, each line checked on its own. */
export interface PreparedImport {
  wanted: WantedLine[];
  problems: ImportProblem[];
  /** Lines whose billing id is still empty. */
  unfilled: number[];
  ignoredColumns: string[];
  mode: ImportMode;
  dryRun: boolean;
  by: string;
}

/** Most bad lines named in one error. */
const mostProblems = 100;

/** Imports a mapping file, all of it or nothing, even if the process is killed. Nothing else reads or writes the store between
 *  the comparison and the end.
 *  @throws STATE_IMPORT with `details: { problems, total }` naming each bad line, field and remedy (the first 100);
 *  INPUT_INVALID when the file is not text */
export async function importMapping(
  mapping: Mapping,
  file: string | Uint8Array,
  options: ImportOptions,
): Promise<ImportResult> {
  const prepared = await prepareImport(file, options);
  return mapping.store.transaction(tx => importPrepared(tx, mapping, prepared), inImport);
}

/** Options for the transaction in which `importPrepared` runs. */
export const inImport: TransactionOptions = { undo: undoImports };

/** Reads and checks the file without looking at the store.
 *  @throws INPUT_INVALID when the file is not text */
export async function prepareImport(file: string | Uint8Array, options: ImportOptions): Promise<PreparedImport> {
  const { mode = 'merge', dryRun = false, by } = options;
  const { rows, problems, ignoredColumns } = await readMapping(file, options.format);
  const filled = rows.filter(row => !isUnfilled(row));
  const wanted = await checked(filled, problems);
  if (mode === 'replace-all' && filled.length === 0 && problems.length === 0) {
    // An empty file, chosen by mistake, would remove every entry.
    problems.push({ line: 1, field: 'file', problem: 'has no line with a billing id: nothing would be left' });
  }
  const unfilled = rows.filter(isUnfilled).map(({ line }) => line);
  return { wanted, problems, unfilled, ignoredColumns, mode, dryRun, by };
}

/** Compares with the store and writes, in the caller's transaction, which must run with `inImport`.
 *  @throws STATE_IMPORT */
export async function importPrepared(tx: Tx, mapping: Mapping, prepared: PreparedImport): Promise<ImportResult> {
  const { mode, dryRun, unfilled, ignoredColumns } = prepared;
  const plan = await planImport(tx, mapping, prepared.wanted, mode);
  const problems = [...prepared.problems, ...plan.problems];
  if (problems.length > 0) throw badLines(problems);
  const { writes, removals, same } = plan;
  if (!dryRun) await writePlan(tx, mapping, plan, prepared.by);
  const added = writes.filter(write => write.before === null).length;
  const counts = { added, changed: writes.length - added, same: same.length, removed: removals.length };
  return { ...counts, unfilled: unfilled.length, ignoredColumns, dryRun };
}

/** A line of an exported list that nobody has filled in yet: left out, not a mistake. */
function isUnfilled(row: ReadRow): boolean {
  const { billingId } = row.fields;
  return billingId === undefined || billingId === null || billingId === '';
}

/** The rows that can be stored. Everything wrong with the others, or between rows of the file, goes to `problems`. */
async function checked(rows: ReadRow[], problems: ImportProblem[]): Promise<WantedLine[]> {
  const firstLines = new Map<string, Map<string, number>>();
  const wanted: WantedLine[] = [];
  const told = new Set(problems.map(({ line, field }) => `${line} ${field}`));
  for (const [index, { line, fields }] of rows.entries()) {
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    const found = problemsOf(fields);
    for (const each of found) if (!told.has(`${line} ${each.field}`)) problems.push({ line, ...each });
    if (found.length > 0) continue;
    const given = fields as Record<keyof MappingInput, string>;
    const input = { ...given, kind: kindOf(given.kind) };
    for (const [field, id] of [
      ['wapId', wapKeyOf(input)],
      ['billingId', billingKeyOf(input)],
    ] as const) {
      const ofKind = firstLines.get(`${field} ${input.kind}`) ?? new Map<string, number>();
      firstLines.set(`${field} ${input.kind}`, ofKind);
      const before = ofKind.get(id);
      if (before === undefined) ofKind.set(id, line);
      else problems.push({ line, field, problem: `is the same as in line ${before}: keep one of them` });
    }
    wanted.push({ line, input });
  }
  return wanted;
}

/** STATE_IMPORT. The sentence has the first bad line, the details the first hundred. */
function badLines(problems: ImportProblem[]): AdapterError {
  const sorted = problems.sort((a, b) => a.line - b.line);
  const shown = sorted.slice(0, mostProblems);
  const first = shown[0];
  const where = first ? `Line ${first.line}: ${first.field} ${first.problem}.` : '';
  const more = sorted.length > 1 ? ` ${sorted.length - 1} more in the details.` : '';
  return new AdapterError('STATE_IMPORT', `Nothing was imported. ${where}${more}`, {
    subject: 'file',
    details: { problems: shown, total: sorted.length },
  });
}
