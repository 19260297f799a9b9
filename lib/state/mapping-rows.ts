import { foldText, type MappingEntry, type MappingScope } from './mapping-entry';
import { type Params, statement, type Tx } from './port';

interface MappingRow {
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

const columns = 'installation, target, kind, wap_id, billing_id, name, note, created_at, updated_at';
const scoped = 'installation = :installation AND target = :target';

const byWapId = statement<MappingRow>(
  `SELECT ${columns} FROM mapping WHERE ${scoped} AND kind = :kind AND wap_id = :id`,
);
const byBillingId = statement<MappingRow>(
  `SELECT ${columns} FROM mapping WHERE ${scoped} AND kind = :kind AND billing_id = :id`,
);

const atOnce = 50;
const places = Array.from({ length: atOnce }, (_none, index) => `id${index}`);
const manyByWapId = statement<{ wap_id: string; billing_id: string }>(
  `SELECT wap_id, billing_id FROM mapping WHERE ${scoped} AND kind = :kind
   AND wap_id IN (${places.map(place => `:${place}`).join(', ')})`,
);

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

/** Keeps the time of the first write. A billing id that another entry holds fails (unique index). */
const upsert = statement(`
  INSERT INTO mapping (${columns}, search_text)
  VALUES (:installation, :target, :kind, :wapId, :billingId, :name, :note, :createdAt, :updatedAt, :searchText)
  ON CONFLICT (installation, target, kind, wap_id) DO UPDATE SET billing_id = excluded.billing_id,
    name = excluded.name, note = excluded.note, updated_at = excluded.updated_at, search_text = excluded.search_text`);
const removeOne = statement(`DELETE FROM mapping WHERE ${scoped} AND kind = :kind AND wap_id = :wapId`);

export interface MappingMatch {
  kind?: string;
  /** Part of an id, the name or the note; case and accents do not count. */
  text?: string;
}

function match(scope: MappingScope, filter: MappingMatch): Params {
  const text = filter.text ? `%${foldText(filter.text).replace(/[!%_]/g, '!$&')}%` : null;
  return { installation: scope.installation, target: scope.target, kind: filter.kind ?? null, pattern: text };
}

export async function findByWapId(tx: Tx, scope: MappingScope, kind: string, id: string): Promise<MappingEntry | null> {
  return fromRow((await tx.rows(byWapId, { ...scope, kind, id }))[0]);
}

/** WAP id → billing id of those that are mapped. */
export async function billingIdsOf(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  wapIds: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { installation, target } = scope;
  for (let from = 0; from < wapIds.length; from += atOnce) {
    const some = wapIds.slice(from, from + atOnce);
    const ids = Object.fromEntries(places.map((place, index) => [place, some[index] ?? some[0] ?? '']));
    const rows = await tx.rows(manyByWapId, { installation, target, kind, ...ids });
    for (const row of rows) found.set(row.wap_id, row.billing_id);
  }
  return found;
}

export async function findByBillingId(
  tx: Tx,
  scope: MappingScope,
  kind: string,
  id: string,
): Promise<MappingEntry | null> {
  return fromRow((await tx.rows(byBillingId, { ...scope, kind, id }))[0]);
}

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

export async function writeEntry(tx: Tx, entry: MappingEntry): Promise<void> {
  const searched = [entry.wapId, entry.billingId, entry.name ?? '', entry.note ?? ''];
  await tx.change(upsert, { ...entry, searchText: foldText(searched.join('\n')) });
}

export async function deleteEntry(tx: Tx, entry: MappingEntry): Promise<void> {
  const { installation, target, kind, wapId } = entry;
  await tx.change(removeOne, { installation, target, kind, wapId });
}

function fromRow(row: MappingRow | undefined): MappingEntry | null {
  return row ? toEntry(row) : null;
}

function toEntry(row: MappingRow): MappingEntry {
  const { installation, target, kind, name, note } = row;
  const ids = { wapId: row.wap_id, billingId: row.billing_id };
  return { installation, target, kind, ...ids, name, note, createdAt: row.created_at, updatedAt: row.updated_at };
}
