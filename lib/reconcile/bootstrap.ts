import { AdapterError } from '../errors';
import type { Tx } from '../state/port';
import { matchesByName } from '../state/tables/reconcile';
import { withSides } from './read-sides';
import { kindPairs, pagesOf, type SideReader } from './sides';

/** How pairs are found, and whether they are written. */
export interface BootstrapOptions extends SideReader {
  /** `key`: billing has it under WAP's id. `name`: the same name, once on each side. */
  rule: 'key' | 'name';
  /** Writes nothing. */
  dryRun: boolean;
  /** Who, for the history. */
  by: string;
}

/** Two ids that belong together. */
interface Pair {
  kind: string;
  wapId: string;
  billingId: string;
  name: string | null;
}

/** What was found and written; `payload` of the node's message. */
export interface BootstrapReport {
  rule: 'key' | 'name';
  dryRun: boolean;
  /** Pairs written, or in a dry run: that would be. By kind. */
  mapped: Record<string, number>;
  /** Names that are there several times. */
  ambiguous: number;
  /** Pairs that another entry of the mapping contradicts. */
  conflicts: number;
  examples: Pair[];
}

/** Pairs in the report; a message is no place for thousands of them. */
const mostExamples = 20;
/** Rows looked at, and pairs written, in one transaction. */
const pageSize = 1000;

/** Finds the pairs that the mapping lacks and writes them, a page in a transaction. What is mapped stays as it is, so it is safe
 *  to repeat, and to run on a mapping that has entries. */
export async function bootstrap(options: BootstrapOptions): Promise<BootstrapReport> {
  const { rule, dryRun } = options;
  const report: BootstrapReport = { rule, dryRun, mapped: {}, ambiguous: 0, conflicts: 0, examples: [] };
  return withSides(options, async () => {
    for (const pair of kindPairs) {
      report.mapped[pair.kind] = 0;
      const pages = rule === 'key' ? byKey(options, pair) : byName(options, pair, report);
      for await (const found of pages) await take(options, found, report);
    }
    return report;
  });
}

/** Unmapped things that billing has under WAP's id. */
async function* byKey(options: BootstrapOptions, pair: (typeof kindPairs)[number]): AsyncGenerator<Pair[]> {
  for await (const page of pagesOf(options, 'wap', pair)) {
    const found = page.filter(row => row.billingId === null && row.remoteId !== null);
    // In billing's spelling of the key, because billing may tell spellings apart.
    yield found.map(({ id, billingKey, remoteId, name }) => {
      return { kind: pair.kind, wapId: billingKey ?? id, billingId: remoteId ?? '', name };
    });
  }
}

/** Unmapped things whose name each side has once; names that are there several times are only counted. */
async function* byName(
  { mapping, signal }: BootstrapOptions,
  pair: (typeof kindPairs)[number],
  report: BootstrapReport,
): AsyncGenerator<Pair[]> {
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const from = after;
    const page = await mapping.store.transaction(tx => matchesByName(tx, mapping.scope, pair, from, pageSize));
    if (page.length === 0) return;
    report.ambiguous += page.filter(({ unique }) => !unique).length;
    const found = page.filter(({ unique }) => unique);
    yield found.map(({ id, remoteId, name }) => ({ kind: pair.kind, wapId: id, billingId: remoteId, name }));
    after = page.at(-1)?.place ?? '';
  }
}

/** Writes a page of pairs in one transaction, or in a dry run only counts it. */
async function take(options: BootstrapOptions, found: Pair[], report: BootstrapReport): Promise<void> {
  const { mapping, dryRun } = options;
  const count = (pair: Pair) => {
    report.mapped[pair.kind] = (report.mapped[pair.kind] ?? 0) + 1;
    if (report.examples.length < mostExamples) report.examples.push(pair);
  };
  if (dryRun) for (const pair of found) count(pair);
  else {
    const written = await mapping.store.transaction(async tx => {
      const done: Pair[] = [];
      for (const pair of found) if (await isWritten(options, pair, tx)) done.push(pair);
      return done;
    });
    report.conflicts += found.length - written.length;
    for (const pair of written) count(pair);
  }
}

/** False when another entry contradicts the pair; nothing is written then. */
async function isWritten({ mapping, by }: BootstrapOptions, pair: Pair, tx: Tx): Promise<boolean> {
  try {
    await mapping.put(tx, pair, { by });
    return true;
  } catch (error) {
    if (error instanceof AdapterError && error.code === 'STATE_CONFLICT') return false;
    throw error;
  }
}
