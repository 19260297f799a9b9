import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import { decodeAny, type Encoding } from '../files/text';
import {
  type ImportMode,
  type ImportResult,
  importPrepared,
  inImport,
  type PreparedImport,
  prepareImport,
} from '../mapping/import';
import { type MappingPlan, planImport } from '../mapping/import-plan';
import { Mapping, type MappingEntry, type MappingScope } from '../mapping/mapping';
import { formatOf } from '../mapping/operations';
import type { Store } from '../state/port';

/** What a person imports. */
export interface ImportFile {
  bytes: Uint8Array;
  mode: ImportMode;
}

/** What a line would do; `unfilled`: its billing id is still empty. */
export type LineOutcome = 'bad' | 'changed' | 'added' | 'removed' | 'same' | 'unfilled';

export interface FieldChange {
  field: 'billingId' | 'name' | 'note';
  from: string | null;
  to: string | null;
}

/** What a line would do. An entry that goes has no line. */
export interface PreviewLine {
  outcome: LineOutcome;
  line: number | null;
  kind: string | null;
  wapId: string | null;
  changes: FieldChange[];
  /** What is wrong and what to do about it. */
  problem: string | null;
}

export interface ImportPreview {
  /** What the bytes were taken for, so that a person can see from the names whether that was right. */
  encoding: Encoding;
  counts: Record<LineOutcome, number>;
  /** Bad lines, then what changes anything, then the rest; the first 500. */
  lines: PreviewLine[];
  ignoredColumns: string[];
}

/** Lines that people are shown; all are counted. */
const mostLines = 500;

/** What an import of the file would do, line by line; nothing is written.
 *  @throws INPUT_INVALID when it is no text */
export async function previewImport(
  store: Store,
  clock: Clock,
  scope: MappingScope,
  { bytes, mode }: ImportFile,
): Promise<ImportPreview> {
  const { text, encoding } = await decodeAny(bytes);
  const prepared = await prepareImport(text, { format: formatOf(text), mode, dryRun: true, by: '' });
  const mapping = new Mapping(store, clock, scope);
  const plan = await store.transaction(tx => planImport(tx, mapping, prepared.wanted, mode));
  return { encoding, ignoredColumns: prepared.ignoredColumns, ...linesOf(prepared, plan) };
}

/** Imports the file, as its preview said: where the mapping has changed so that it would do something else, nothing is done.
 *  @throws STATE_IMPORT, STATE_CONFLICT, INPUT_INVALID */
export async function applyImport(
  store: Store,
  clock: Clock,
  scope: MappingScope,
  { bytes, mode }: ImportFile,
  { by, expected }: { by: string; expected: Pick<ImportResult, 'added' | 'changed' | 'removed'> },
): Promise<ImportResult> {
  const { text } = await decodeAny(bytes);
  const prepared = await prepareImport(text, { format: formatOf(text), mode, by });
  const mapping = new Mapping(store, clock, scope);
  return store.transaction(async tx => {
    const result = await importPrepared(tx, mapping, prepared);
    if ((['added', 'changed', 'removed'] as const).every(count => result[count] === expected[count])) return result;
    throw AdapterError.advising(
      'STATE_CONFLICT',
      'The mapping has changed since you looked: nothing was imported. Choose the file again.',
      { subject: 'file' },
    );
  }, inImport);
}

/** The lines of the preview, and how many there are of each outcome. */
function linesOf({ problems, unfilled, wanted, mode }: PreparedImport, plan: MappingPlan) {
  const bad = [...problems, ...plan.problems].sort((a, b) => a.line - b.line);
  const badLines = new Set(bad.map(({ line }) => line));
  const fine = plan.writes.filter(({ line }) => !badLines.has(line));
  const changed = fine.filter(({ before }) => before !== null);
  const added = fine.filter(({ before }) => before === null);
  // Where nothing may go, what would have to is said by the bad lines.
  const removals = mode === 'merge' ? [] : plan.removals;
  const counts = {
    ...{ bad: badLines.size, changed: changed.length, added: added.length, removed: removals.length },
    ...{ same: plan.same.length, unfilled: unfilled.length },
  };
  const inputs = new Map(wanted.map(({ line, input }) => [line, input]));
  const idsOf = (line: number) => ({ kind: inputs.get(line)?.kind ?? null, wapId: inputs.get(line)?.wapId ?? null });
  const empty = { changes: [], problem: null };
  const lines: PreviewLine[] = [
    ...first(bad, ({ line, field, problem }) => ({
      ...{ ...empty, outcome: 'bad', line, ...idsOf(line) },
      problem: `${field} ${problem}`,
    })),
    ...first([...changed, ...added], ({ line, before, after }) => ({
      ...{ ...empty, outcome: before ? 'changed' : 'added', line, kind: after.kind, wapId: after.wapId },
      changes: changesOf(before, after),
    })),
    ...first(removals, ({ kind, wapId, billingId }) => ({
      ...{ ...empty, outcome: 'removed', line: null, kind, wapId },
      changes: [{ field: 'billingId', from: billingId, to: null }],
    })),
    ...first(plan.same, line => ({ ...empty, outcome: 'same', line, ...idsOf(line) })),
    ...first(unfilled, line => ({ ...empty, outcome: 'unfilled', line, ...idsOf(line) })),
  ];
  return { counts, lines: lines.slice(0, mostLines) };
}

/** No more than are shown, so that a large file makes no large preview. */
const first = <T>(all: readonly T[], toLine: (one: T) => PreviewLine): PreviewLine[] =>
  all.slice(0, mostLines).map(toLine);

/** Fields that get another value; of a new entry all that it has. */
function changesOf(before: MappingEntry | null, after: MappingEntry): FieldChange[] {
  const fields = ['billingId', 'name', 'note'] as const;
  return fields
    .map(field => ({ field, from: before?.[field] ?? null, to: after[field] }))
    .filter(({ from, to }) => from !== to);
}
