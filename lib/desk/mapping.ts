import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import { guardCell } from '../files/csv';
import { mappingColumns } from '../mapping/file';
import {
  Mapping,
  type MappingChange,
  type MappingEntry,
  type MappingMatch,
  type MappingScope,
} from '../mapping/mapping';
import type { Store } from '../state/port';
import { countScopes, type EntryKey, scanEntries } from '../state/tables/mapping-scan';
import { type Page, pageOf } from './page';

export type { MappingChange, MappingEntry };

/** A mapping that has entries, or that nodes of the deployed flows use. */
export interface MappingPlace extends UsedScope {
  entries: number;
}

/** A mapping that deployed nodes use, or may use. */
export interface UsedScope extends MappingScope {
  /** Ids of deployed connection nodes that lead to both sides; null where none do. */
  through: { wap: string; billing: string } | null;
}

/** Those that nodes use first. */
export async function mappingPlaces(store: Store, used: readonly UsedScope[]): Promise<MappingPlace[]> {
  const stored = await store.transaction(countScopes);
  const isOf = (one: MappingScope) => (other: MappingScope) =>
    one.installation === other.installation && one.target === other.target;
  const first = used.map(scope => ({ ...scope, entries: stored.find(isOf(scope))?.entries ?? 0 }));
  const rest = stored.filter(place => !used.some(isOf(place))).map(place => ({ ...place, through: null }));
  return [...first.filter((place, index) => first.findIndex(isOf(place)) === index), ...rest];
}

/** Entries in the order of kind and WAP id. `after`: as `next` of the page before. */
export async function mappingEntries(
  store: Store,
  scope: MappingScope,
  filter: MappingMatch,
  after: string | undefined,
  limit: number,
): Promise<Page<MappingEntry>> {
  const from = after === undefined ? null : keyIn(after);
  const rows = await scanEntries(store, scope, filter, from, limit + 1);
  return pageOf(rows, limit, ({ kind, wapId }) => JSON.stringify([kind, wapId]));
}

/** What became of one entry, newest first; the last 100 changes. */
export function mappingChanges(
  store: Store,
  clock: Clock,
  scope: MappingScope,
  of: EntryKey,
): Promise<MappingChange[]> {
  const mapping = new Mapping(store, clock, scope);
  return store.transaction(tx => mapping.history(tx, of, { limit: 100 }));
}

/** Entries in one part of a file. */
const rowsAPart = 500;

/** All that match, as a file that the import takes again: what a spreadsheet would change has an apostrophe before it. */
export async function* mappingLines(
  store: Store,
  scope: MappingScope,
  filter: MappingMatch,
): AsyncGenerator<Array<Record<(typeof mappingColumns)[number], string>>, void, undefined> {
  for (let after: EntryKey | null = null; ; ) {
    const rows: MappingEntry[] = await scanEntries(store, scope, filter, after, rowsAPart);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(row => {
      const cells = mappingColumns.map(column => [column, guardCell(row[column] ?? '')]);
      return Object.fromEntries(cells) as Record<(typeof mappingColumns)[number], string>;
    });
    after = last;
  }
}

/** @throws INPUT_INVALID for what no page gave */
function keyIn(text: string): EntryKey {
  const [kind, wapId]: unknown[] = listIn(text);
  if (typeof kind === 'string' && typeof wapId === 'string') return { kind, wapId };
  throw new AdapterError('INPUT_INVALID', 'after: expected what the page before gave as its next.', {
    subject: 'after',
  });
}

function listIn(text: string): unknown[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}
