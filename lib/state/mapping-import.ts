import { AdapterError } from '../errors';
import { yieldToLoop } from '../event-loop';
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
const rowsBetweenBreaths = 100;

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
  const read = await readMapping(file, options.format);
  const problems = [...read.problems];
  const filled = read.rows.filter(row => !isUnfilled(row));
  const wanted = await checked(filled, problems);
  if (mode === 'replace-all' && filled.length === 0 && problems.length === 0) {
    // An empty file by mistake would remove every entry.
    problems.push({ line: 1, field: 'file', problem: 'has no line with a billing id: nothing would be left' });
  }
  return mapping.store.transaction(async tx => {
    const plan = await planned(tx, mapping, wanted, mode, problems);
    problems.push(...(await lostZeros(tx, mapping, wanted)));
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
async function checked(rows: ReadRow[], problems: ImportProblem[]): Promise<Wanted[]> {
  const firstLine = new Map<string, number>();
  const wanted: Wanted[] = [];
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
      const key = JSON.stringify([field, input.kind, id]);
      const before = firstLine.get(key);
      if (before === undefined) firstLine.set(key, line);
      else problems.push({ line, field, problem: `is the same as in line ${before}: keep one of them` });
    }
    wanted.push({ line, input });
  }
  return wanted;
}

/** Numbers that the store has with zeros in front, which a spreadsheet takes away. */
async function lostZeros(tx: Tx, mapping: Mapping, wanted: Wanted[]): Promise<ImportProblem[]> {
  const isNumber = (id: string): boolean => /^[1-9]\d*$/.test(id);
  if (!wanted.some(({ input }) => isNumber(input.wapId) || isNumber(input.billingId))) return [];
  const stored = new Set<string>();
  const withZeros = new Map<string, string>();
  const key = (field: string, kind: string, id: string): string => JSON.stringify([field, kind, id]);
  for await (const entry of everyEntry(tx, mapping)) {
    for (const field of ['wapId', 'billingId'] as const) {
      stored.add(key(field, entry.kind, entry[field]));
      const [, number] = /^0+([1-9]\d*)$/.exec(entry[field]) ?? [];
      if (number !== undefined) withZeros.set(key(field, entry.kind, number), entry[field]);
    }
  }
  const problems: ImportProblem[] = [];
  for (const [index, { line, input }] of wanted.entries()) {
    if (withZeros.size === 0) break;
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    for (const field of ['wapId', 'billingId'] as const) {
      const id = key(field, input.kind, input[field]);
      const before = stored.has(id) ? undefined : withZeros.get(id);
      if (before === undefined) continue;
      const problem = `is ${before} in the mapping: a spreadsheet takes zeros away. Format the column as text and fill it in again`;
      problems.push({ line, field, problem });
    }
  }
  return problems;
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
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
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
  for await (const entry of everyEntry(tx, mapping)) if (!kept.has(keyOf(entry))) outside.push(entry);
  return outside;
}

async function* everyEntry(tx: Tx, mapping: Mapping): AsyncGenerator<MappingEntry, void, undefined> {
  let after: { kind: string; wapId: string } | undefined = { kind: '', wapId: '' };
  while (after) {
    await yieldToLoop();
    const page: MappingEntry[] = await selectAfter(tx, mapping.scope, {}, after, rowsBetweenBreaths);
    yield* page;
    after = page.at(-1);
  }
}

async function carryOut(tx: Tx, mapping: Mapping, plan: Plan, by: string): Promise<void> {
  const at = mapping.clock.now();
  // Two entries of the file may swap their billing ids: all old rows go before the first new one comes.
  for (const [index, entry] of plan.removals.entries()) {
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    await deleteEntry(tx, entry);
    await addChange(tx, { before: entry, after: null, by, at });
  }
  for (const [index, { before }] of plan.writes.entries()) {
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    if (before) await deleteEntry(tx, before);
  }
  for (const [index, { before, after }] of plan.writes.entries()) {
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
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
