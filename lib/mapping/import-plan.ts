import { yieldToLoop } from '../async/event-loop';
import { isSameId } from '../ids';
import type { Tx } from '../state/port';
import { findByBillingIds, findByWapIds, selectAfter } from '../state/tables/mapping';
import type { MappingEntry, MappingInput, MappingScope } from '../state/tables/mapping-entry';
import type { ImportProblem } from './file';
import { type Mapping, otherThan, sameEntry } from './mapping';

/** `merge` adds entries; a line that contradicts the store is a bad line. `overwrite`: the file wins, and entries in its way
 *  are removed. `replace-all`: afterwards the store holds exactly what the file holds. */
export type ImportMode = 'merge' | 'overwrite' | 'replace-all';

/** A line of a mapping file that can be stored. */
export interface WantedLine {
  line: number;
  input: MappingInput;
}

/** What a line does to an entry; `before` is null where it adds one. */
export interface PlannedLine {
  line: number;
  before: MappingEntry | null;
  after: MappingEntry;
}

/** What an import would do. */
export interface MappingPlan {
  writes: PlannedLine[];
  /** Those of `writes` whose billing id another entry takes: they must release it first. */
  releases: PlannedLine[];
  removals: MappingEntry[];
  /** Lines that are stored already. */
  same: number[];
  problems: ImportProblem[];
}

/** Rows worked on before the event loop gets a turn. */
export const rowsBetweenBreaths = 100;

/** Compares the lines with the store; reads only. */
export async function planImport(
  tx: Tx,
  mapping: Mapping,
  wanted: readonly WantedLine[],
  mode: ImportMode,
): Promise<MappingPlan> {
  const plan: MappingPlan = { writes: [], releases: [], removals: [], same: [], problems: [] };
  const kept = new Set<string>();
  const others = new Map<string, MappingEntry>();
  for await (const { line, input, before, holder } of compared(tx, mapping.scope, wanted)) {
    const other = otherThan(before, holder);
    if (mode === 'merge') plan.problems.push(...conflicts(line, input, before, other));
    if (other) others.set(keyOf(other), other);
    const after = mapping.merged(input, before);
    kept.add(keyOf(after));
    if (before && sameEntry(before, after)) plan.same.push(line);
    else plan.writes.push({ line, before, after });
  }
  if (others.size > 0) plan.releases = plan.writes.filter(({ before }) => before && others.has(keyOf(before)));
  if (mode === 'replace-all') plan.removals = await entriesOutside(tx, mapping.scope, kept);
  else plan.removals = [...others.values()].filter(other => !kept.has(keyOf(other)));
  plan.problems.push(...(await lostZeros(tx, mapping.scope, wanted)));
  return plan;
}

/** A line with what the store has for it. */
interface Compared extends WantedLine {
  before: MappingEntry | null;
  /** Who has the billing id. */
  holder: MappingEntry | null;
}

/** The lines with their entries, looked up many at a time: a look-up for each line would take far longer. */
async function* compared(
  tx: Tx,
  scope: MappingScope,
  wanted: readonly WantedLine[],
): AsyncGenerator<Compared, void, undefined> {
  for (let from = 0; from < wanted.length; from += rowsBetweenBreaths) {
    await yieldToLoop();
    const some = wanted.slice(from, from + rowsBetweenBreaths);
    for (const kind of new Set(some.map(({ input }) => input.kind))) {
      const ofKind = some.filter(({ input }) => input.kind === kind);
      const ids = (field: 'wapId' | 'billingId') => ofKind.map(({ input }) => input[field]);
      const byWapId = await findByWapIds(tx, scope, kind, ids('wapId'));
      const byBillingId = await findByBillingIds(tx, scope, kind, ids('billingId'));
      for (const each of ofKind) {
        const { wapId, billingId } = each.input;
        yield { ...each, before: byWapId.get(wapId) ?? null, holder: byBillingId.get(billingId) ?? null };
      }
    }
  }
}

/** What keeps a line from being merged. */
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

/** Numbers that are stored with leading zeros, which spreadsheets drop. */
async function lostZeros(tx: Tx, scope: MappingScope, wanted: readonly WantedLine[]): Promise<ImportProblem[]> {
  if (!(await hasNumber(wanted))) return [];
  const stored = new Set<string>();
  const withZeros = new Map<string, string>();
  const key = (field: string, kind: string, id: string): string => JSON.stringify([field, kind, id]);
  for await (const entry of everyEntry(tx, scope)) {
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

/** Spares most files the reading of every stored entry. */
async function hasNumber(wanted: readonly WantedLine[]): Promise<boolean> {
  const isNumber = (id: string): boolean => /^[1-9]\d*$/.test(id);
  for (const [index, { input }] of wanted.entries()) {
    if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    if (isNumber(input.wapId) || isNumber(input.billingId)) return true;
  }
  return false;
}

/** Entries that the file does not have. */
async function entriesOutside(tx: Tx, scope: MappingScope, kept: Set<string>): Promise<MappingEntry[]> {
  const outside: MappingEntry[] = [];
  for await (const entry of everyEntry(tx, scope)) if (!kept.has(keyOf(entry))) outside.push(entry);
  return outside;
}

/** All entries in their order, read in pages within the caller's transaction. */
async function* everyEntry(tx: Tx, scope: MappingScope): AsyncGenerator<MappingEntry, void, undefined> {
  let after: { kind: string; wapId: string } | undefined = { kind: '', wapId: '' };
  while (after) {
    await yieldToLoop();
    const page: MappingEntry[] = await selectAfter(tx, scope, {}, after, rowsBetweenBreaths);
    yield* page;
    after = page.at(-1);
  }
}

/** Of a stored entry. */
function keyOf(of: MappingEntry): string {
  return `${of.kind}\n${of.wapId}`; // neither holds a line break
}
