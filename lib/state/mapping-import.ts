import { AdapterError } from '../errors';
import { isSameId } from '../ids';
import { type Mapping, otherThan, sameEntry } from './mapping';
import { billingKeyOf, kindOf, type MappingEntry, type MappingInput, problemsOf, wapKeyOf } from './mapping-entry';
import { type ImportProblem, type MappingFormat, type ReadRow, readMapping } from './mapping-file';
import { addChange } from './mapping-history';
import { deleteEntry, findByBillingId, findByWapId, selectAfter, writeEntry } from './mapping-rows';
import type { Tx } from './port';

/** `merge`: adds entries; one that says something else than the store is a bad line. `overwrite`: the file is right,
 *  what is in its way goes. `replace-all`: afterwards the store holds what the file holds and nothing else. */
export type ImportMode = 'merge' | 'overwrite' | 'replace-all';

export interface ImportOptions {
  format: MappingFormat;
  mode?: ImportMode;
  /** Checks everything, reports what would happen, writes nothing. */
  dryRun?: boolean;
  /** Who imports, for the history. */
  by: string;
}

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

/** Most bad lines named in one error. */
const mostProblems = 100;
const rowsBetweenBreaths = 500;

interface Wanted {
  line: number;
  input: MappingInput;
}

interface Plan {
  writes: Array<{ before: MappingEntry | null; after: MappingEntry }>;
  removals: MappingEntry[];
  same: number;
}

/** Imports a mapping file in one transaction: all of it or nothing.
 *  @throws STATE_IMPORT with `details: { problems, total }` naming each bad line, field and remedy (the first 100);
 *  INPUT_INVALID when the file is not text. */
export async function importMapping(
  mapping: Mapping,
  file: string | Uint8Array,
  options: ImportOptions,
): Promise<ImportResult> {
  const mode = options.mode ?? 'merge';
  const dryRun = options.dryRun ?? false;
  const read = readMapping(file, options.format);
  const problems = [...read.problems];
  const filled = read.rows.filter(row => !isUnfilled(row));
  const wanted = checked(filled, problems);
  if (mode === 'replace-all' && filled.length === 0 && problems.length === 0) {
    // An empty file by mistake would remove every entry.
    problems.push({ line: 1, field: 'file', problem: 'has no line with a billing id: nothing would be left' });
  }
  return mapping.store.transaction(async tx => {
    const plan = await planned(tx, mapping, wanted, mode, problems);
    if (problems.length > 0) throw badLines(problems);
    if (!dryRun) await carryOut(tx, mapping, plan, options.by);
    const added = plan.writes.filter(write => write.before === null).length;
    return {
      added,
      changed: plan.writes.length - added,
      same: plan.same,
      removed: plan.removals.length,
      unfilled: read.rows.length - filled.length,
      ignoredColumns: read.ignoredColumns,
      dryRun,
    };
  });
}

function isUnfilled(row: ReadRow): boolean {
  const { billingId } = row.fields;
  return billingId === undefined || billingId === null || billingId === '';
}

/** The rows that can be stored; everything wrong with the others, and within the file, goes to `problems`. */
function checked(rows: ReadRow[], problems: ImportProblem[]): Wanted[] {
  const firstLine = new Map<string, number>();
  return rows.flatMap(({ line, fields }) => {
    const found = problemsOf(fields);
    problems.push(...found.map(each => ({ line, ...each })));
    if (found.length > 0) return [];
    const given = fields as Record<keyof MappingInput, string>;
    const input = { ...given, kind: kindOf(given.kind) };
    for (const [field, id] of [
      ['wapId', wapKeyOf(input)],
      ['billingId', billingKeyOf(input)],
    ] as const) {
      const key = JSON.stringify([field, input.kind, id]);
      const before = firstLine.get(key);
      if (before === undefined) firstLine.set(key, line);
      else problems.push({ line, field, problem: `is the same as in line ${before}: keep one of them` });
    }
    return [{ line, input }];
  });
}

/** Compares with the store; reads only. */
async function planned(
  tx: Tx,
  mapping: Mapping,
  wanted: Wanted[],
  mode: ImportMode,
  problems: ImportProblem[],
): Promise<Plan> {
  const plan: Plan = { writes: [], removals: [], same: 0 };
  const kept = new Set<string>();
  const others = new Map<string, MappingEntry>();
  for (const [index, { line, input }] of wanted.entries()) {
    if (index % rowsBetweenBreaths === 0) await breath();
    const before = await findByWapId(tx, mapping.scope, input.kind, input.wapId);
    const holder = await findByBillingId(tx, mapping.scope, input.kind, input.billingId);
    const other = otherThan(before, holder);
    if (mode === 'merge') problems.push(...conflicts(line, input, before, other));
    if (other) others.set(keyOf(other), other);
    const after = mapping.merged(input, before);
    kept.add(keyOf(after));
    if (before && sameEntry(before, after)) plan.same++;
    else plan.writes.push({ before, after });
  }
  if (mode === 'replace-all') plan.removals = await entriesOutside(tx, mapping, kept);
  else plan.removals = [...others.values()].filter(other => !kept.has(keyOf(other)));
  return plan;
}

function conflicts(line: number, input: MappingInput, before: MappingEntry | null, other: MappingEntry | null) {
  const found: ImportProblem[] = [];
  const remedy = 'correct the line, or import with overwriting';
  if (before && !isSameId(before.billingId, input.billingId)) {
    found.push({ line, field: 'wapId', problem: `is mapped to the billing id ${before.billingId} now: ${remedy}` });
  }
  if (other) {
    found.push({ line, field: 'billingId', problem: `belongs to the ${other.kind} ${other.wapId} now: ${remedy}` });
  }
  return found;
}

async function entriesOutside(tx: Tx, mapping: Mapping, kept: Set<string>): Promise<MappingEntry[]> {
  const outside: MappingEntry[] = [];
  let after: { kind: string; wapId: string } | undefined = { kind: '', wapId: '' };
  while (after) {
    await breath();
    const page: MappingEntry[] = await selectAfter(tx, mapping.scope, {}, after, rowsBetweenBreaths);
    outside.push(...page.filter(entry => !kept.has(keyOf(entry))));
    after = page.at(-1);
  }
  return outside;
}

async function carryOut(tx: Tx, mapping: Mapping, plan: Plan, by: string): Promise<void> {
  const at = mapping.clock.now();
  // Two entries of the file may swap their billing ids: all old rows go before the first new one comes.
  for (const entry of plan.removals) {
    await deleteEntry(tx, entry);
    await addChange(tx, { before: entry, after: null, by, at });
  }
  for (const { before } of plan.writes) if (before) await deleteEntry(tx, before);
  for (const [index, { before, after }] of plan.writes.entries()) {
    if (index % rowsBetweenBreaths === 0) await breath();
    await writeEntry(tx, after);
    await addChange(tx, { before, after, by, at });
  }
}

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

/** Of a stored entry. */
function keyOf(of: MappingEntry): string {
  return JSON.stringify([of.kind, of.wapId]);
}

/** A large file must not hold up everything else in the process. */
function breath(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
