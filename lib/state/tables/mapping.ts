import { foldId, foldWapId } from '../../ids';
import { type Params, type Statement, statement, type Tx } from '../port';
import { billingKeyOf, foldText, type MappingEntry, type MappingScope, wapKeyOf } from './mapping-entry';

/** An entry as it is stored; what it is searched and compared by stays in the table. */
export interface MappingRow {
  installation: string;
  target: string;
  kind: string;
  wap_id: string;
  billing_id: string;
  name: string | null;
  note: string | null;
  created_at: number;
  updated_at: number;
}

/** The columns of `MappingRow`, for statements on this table in other files. */
export const columns = 'installation, target, kind, wap_id, billing_id, name, note, created_at, updated_at';
const scoped = 'installation = :installation AND target = :target';

/** Older versions kept two spellings of one id as two entries: prefers the one spelled the same, otherwise the one changed
 *  last. */
const byWapId = statement<MappingRow>(`
  SELECT ${columns} FROM mapping WHERE ${scoped} AND kind = :kind AND wap_key = :key
  ORDER BY CASE WHEN wap_id = :id THEN 0 ELSE 1 END, updated_at DESC, wap_id LIMIT 1`);
const byBillingId = statement<MappingRow>(`
  SELECT ${columns} FROM mapping WHERE ${scoped} AND kind = :kind AND billing_key = :key
  ORDER BY CASE WHEN billing_id = :id THEN 0 ELSE 1 END, updated_at DESC, wap_id LIMIT 1`);

/** Ids looked up with one statement. A fixed number, so that one prepared text serves every length of list. */
const atOnce = 50;
const places = Array.from({ length: atOnce }, (_none, index) => `id${index}`);
/** Of several with one key, the last in this order counts. */
const manyOf = <Row>(own: 'wap_id' | 'billing_id', key: 'wap_key' | 'billing_key', selected: string) =>
  statement<Row & { own: string; own_key: string }>(
    `SELECT ${own} AS own, ${key} AS own_key, ${selected} FROM mapping WHERE ${scoped} AND kind = :kind
     AND ${key} IN (${places.map(place => `:${place}`).join(', ')}) ORDER BY updated_at, wap_id DESC`,
  );
const billingIdsByWapId = manyOf<{ billing_id: string }>('wap_id', 'wap_key', 'billing_id');
const manyByWapId = manyOf<MappingRow>('wap_id', 'wap_key', columns);
const manyByBillingId = manyOf<MappingRow>('billing_id', 'billing_key', columns);
/** By a range of the key, because an ordinary index does not serve `LIKE`, which ignores case. */
const beginning = statement<MappingRow>(`
  SELECT ${columns} FROM mapping WHERE ${scoped} AND kind = :kind AND wap_key >= :prefix AND wap_key < :end
  ORDER BY wap_key, wap_id`);

/** The casts tell PostgreSQL the type of a value that is only compared with NULL. */
const matching = `${scoped} AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:pattern AS TEXT) IS NULL OR search_text LIKE :pattern ESCAPE '!')`;
const listPage = statement<MappingRow>(
  `SELECT ${columns} FROM mapping WHERE ${matching} ORDER BY kind, wap_id LIMIT :limit OFFSET :offset`,
);
const countMatching = statement<{ total: number }>(`SELECT COUNT(*) AS total FROM mapping WHERE ${matching}`);
const listAfter = statement<MappingRow>(
  `SELECT ${columns} FROM mapping WHERE ${matching} AND (kind, wap_id) > (:afterKind, :afterId)
   ORDER BY kind, wap_id LIMIT :limit`,
);

/** Keeps the time of the first write. Fails for a billing id that another entry holds (unique index). */
const upsert = statement(`
  INSERT INTO mapping (${columns}, search_text, wap_key, billing_key)
  VALUES (:installation, :target, :kind, :wapId, :billingId, :name, :note, :createdAt, :updatedAt, :searchText,
    :wapKey, :billingKey)
  ON CONFLICT (installation, target, kind, wap_id) DO UPDATE SET billing_id = excluded.billing_id,
    billing_key = excluded.billing_key, name = excluded.name, note = excluded.note, updated_at = excluded.updated_at, search_text = excluded.search_text`);
const removeOne = statement(`DELETE FROM mapping WHERE ${scoped} AND kind = :kind AND wap_id = :wapId`);

/** What a list is narrowed to; what is absent does not narrow. */
export interface MappingMatch {
  kind?: string;
  /** Part of an id, the name or the note; case and accents do not count. */
  text?: string;
}

/** `!` escapes in the pattern: people search for `%` and `_`, too. */
function match(scope: MappingScope, filter: MappingMatch): Params {
  const text = filter.text ? `%${foldText(filter.text).replace(/[!%_]/g, '!$&')}%` : null;
  return { installation: scope.installation, target: scope.target, kind: filter.kind ?? null, pattern: text };
}

/** The entry of a WAP id in any spelling; see `byWapId` for which of several. Null when it is not mapped. */
export async function findByWapId(tx: Tx, scope: MappingScope, kind: string, id: string): Promise<MappingEntry | null> {
  return fromRow((await tx.rows(byWapId, { ...scope, kind, id, key: foldWapId(kind, id) }))[0]);
}

/** WAP id, as it was asked for, → billing id of those that are mapped. */
export async function billingIdsOf(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  wapIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await rowsOf(tx, billingIdsByWapId, scope, kind, wapIds, id => foldWapId(kind, id));
  return new Map([...rows].map(([id, row]) => [id, row.billing_id]));
}

/** WAP id, as it was asked for, → its entry; as `findByWapId` for each. */
export async function findByWapIds(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  wapIds: readonly string[],
): Promise<Map<string, MappingEntry>> {
  const rows = await rowsOf(tx, manyByWapId, scope, kind, wapIds, id => foldWapId(kind, id));
  return new Map([...rows].map(([id, row]) => [id, toEntry(row)]));
}

/** Billing id, as it was asked for, → its entry; as `findByBillingId` for each. */
export async function findByBillingIds(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  billingIds: readonly string[],
): Promise<Map<string, MappingEntry>> {
  const rows = await rowsOf(tx, manyByBillingId, scope, kind, billingIds, foldId);
  return new Map([...rows].map(([id, row]) => [id, toEntry(row)]));
}

/** For each id the row with its key; of several, the one spelled the same. */
async function rowsOf<Row extends { own: string; own_key: string }>(
  tx: Tx,
  many: Statement<Row>,
  { installation, target }: MappingScope,
  kind: string,
  ids: readonly string[],
  keyOf: (id: string) => string,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    const keys = some.map(keyOf);
    const asked = Object.fromEntries(places.map((place, index) => [place, keys[index] ?? keys[0] ?? '']));
    const rows = await tx.rows(many, { installation, target, kind, ...asked });
    const byKey = new Map(rows.map(row => [row.own_key, row]));
    const exact = new Map(rows.map(row => [row.own, row]));
    for (const [index, id] of some.entries()) {
      const row = exact.get(id) ?? byKey.get(keys[index] ?? '');
      if (row) found.set(id, row);
    }
  }
  return found;
}

/** The entry of a billing id in any spelling; null when no WAP id has it. */
export async function findByBillingId(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  id: string,
): Promise<MappingEntry | null> {
  return fromRow((await tx.rows(byBillingId, { ...scope, kind, id, key: foldId(id) }))[0]);
}

/** One page of a list, and how many entries match altogether. Only for lists of which a person sees the first pages: the offset
 *  and the total each read all that match. */
export async function selectPage(
  tx: Tx,
  scope: MappingScope,
  filter: MappingMatch,
  limit: number,
  offset: number,
): Promise<{ entries: MappingEntry[]; total: number }> {
  const params = match(scope, filter);
  const rows = await tx.rows(listPage, { ...params, limit, offset });
  return { entries: rows.map(toEntry), total: (await tx.rows(countMatching, params))[0]?.total ?? 0 };
}

/** The next entries in the order of kind and WAP id. */
export async function selectAfter(
  tx: Tx,
  scope: MappingScope,
  filter: MappingMatch,
  after: { kind: string; wapId: string },
  limit: number,
): Promise<MappingEntry[]> {
  const params = { ...match(scope, filter), afterKind: after.kind, afterId: after.wapId, limit };
  return (await tx.rows(listAfter, params)).map(toEntry);
}

/** Entries whose WAP id begins so, in its order. */
export async function selectBeginning(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  start: string,
): Promise<MappingEntry[]> {
  const prefix = foldWapId(kind, start);
  return (await tx.rows(beginning, { ...scope, kind, prefix, end: `${prefix}\u{10FFFF}` })).map(toEntry);
}

/** Writes one entry with the keys it is compared by, without history: callers note the change in the same transaction.
 *  @throws STATE_CONFLICT when another entry has the billing id */
export async function writeEntry(tx: Tx, entry: MappingEntry): Promise<void> {
  const searched = [entry.wapId, entry.billingId, entry.name ?? '', entry.note ?? ''];
  const keys = { wapKey: wapKeyOf(entry), billingKey: billingKeyOf(entry) };
  await tx.change(upsert, { ...entry, ...keys, searchText: foldText(searched.join('\n')) });
}

/** Removes an entry by its WAP id as spelled; without history, as `writeEntry`. */
export async function deleteEntry(tx: Tx, entry: MappingEntry): Promise<void> {
  const { installation, target, kind, wapId } = entry;
  await tx.change(removeOne, { installation, target, kind, wapId });
}

function fromRow(row: MappingRow | undefined): MappingEntry | null {
  return row ? toEntry(row) : null;
}

export function toEntry(row: MappingRow): MappingEntry {
  const { installation, target, kind, name, note } = row;
  const ids = { wapId: row.wap_id, billingId: row.billing_id };
  return { installation, target, kind, ...ids, name, note, createdAt: row.created_at, updatedAt: row.updated_at };
}
