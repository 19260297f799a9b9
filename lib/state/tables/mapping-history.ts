import { statement, type Tx } from '../port';
import { kindOf, type MappingEntry, type MappingScope, wapKeyOf } from './mapping-entry';

/** One change of one entry. `before` is null for a new one, `after` for a removed one. `seq` counts up in a scope. */
export interface MappingChange {
  /** Also tells whether anything changed at all; see `lastChange`. */
  seq: number;
  kind: string;
  wapId: string;
  /** Who did it: free text, such as the name of a flow. */
  by: string;
  /** ms UTC. */
  at: number;
  before: MappingEntry | null;
  after: MappingEntry | null;
}

interface HistoryRow {
  seq: number;
  kind: string;
  wap_id: string;
  changed_by: string;
  changed_at: number;
  before_json: string | null;
  after_json: string | null;
}

const add = statement(`
  INSERT INTO mapping_history
    (installation, target, seq, kind, wap_id, wap_key, changed_by, changed_at, before_json, after_json)
  SELECT :installation, :target, COALESCE(MAX(seq), 0) + 1, :kind, :wapId, :wapKey, :by, :at, :before, :after
  FROM mapping_history WHERE installation = :installation AND target = :target`);

const columns = 'seq, kind, wap_id, changed_by, changed_at, before_json, after_json';
const ofEntry = statement<HistoryRow>(`
  SELECT ${columns} FROM mapping_history
  WHERE installation = :installation AND target = :target AND kind = :kind AND wap_key = :wapKey
  ORDER BY seq DESC LIMIT :limit OFFSET :offset`);
const ofScope = statement<HistoryRow>(`
  SELECT ${columns} FROM mapping_history WHERE installation = :installation AND target = :target
  ORDER BY seq DESC LIMIT :limit OFFSET :offset`);

const newest = statement<{ seq: number | null }>(
  'SELECT MAX(seq) AS seq FROM mapping_history WHERE installation = :installation AND target = :target',
);

/** The `seq` of the last change in a scope, 0 before any. While it stays the same, so does the mapping. */
export async function lastChange(tx: Tx, { installation, target }: MappingScope): Promise<number> {
  return (await tx.rows(newest, { installation, target }))[0]?.seq ?? 0;
}

const following = statement<HistoryRow>(`
  SELECT ${columns} FROM mapping_history WHERE installation = :installation AND target = :target AND seq > :after
  ORDER BY seq LIMIT :limit`);
/** From the newest: what is left stays without gaps, so the undo can be continued after a crash. */
const forget = statement(`
  DELETE FROM mapping_history WHERE installation = :installation AND target = :target AND seq IN
    (SELECT seq FROM mapping_history WHERE installation = :installation AND target = :target AND seq > :after
     ORDER BY seq DESC LIMIT :limit)`);

/** The next changes of a scope after a `seq`, oldest first. */
export async function changesAfter(
  tx: Tx,
  { installation, target }: MappingScope,
  after: number,
  limit: number,
): Promise<MappingChange[]> {
  return (await tx.rows(following, { installation, target, after, limit })).map(toChange);
}

/** Deletes the newest changes after a `seq`, `limit` at a time; answers whether there were any. */
export async function forgetChanges(
  tx: Tx,
  { installation, target }: MappingScope,
  after: number,
  limit: number,
): Promise<boolean> {
  return (await tx.change(forget, { installation, target, after, limit })) > 0;
}

/** Notes one change; in the transaction of the change itself. */
export async function addChange(
  tx: Tx,
  change: { before: MappingEntry | null; after: MappingEntry | null; by: string; at: number },
): Promise<void> {
  const { before, after, by, at } = change;
  const entry = after ?? before;
  if (!entry) return;
  const { installation, target, kind, wapId } = entry;
  const texts = { before: before && JSON.stringify(before), after: after && JSON.stringify(after) };
  await tx.change(add, { installation, target, kind, wapId, wapKey: wapKeyOf(entry), by, at, ...texts });
}

/** Changes, newest first, of one entry or of the whole scope. */
export async function selectChanges(
  tx: Tx,
  scope: MappingScope,
  entry: { kind: string; wapId: string } | null,
  limit: number,
  offset: number,
): Promise<MappingChange[]> {
  const paged = { ...scope, limit, offset };
  const of = entry && { kind: kindOf(entry.kind), wapKey: wapKeyOf(entry) };
  const rows = of ? await tx.rows(ofEntry, { ...paged, ...of }) : await tx.rows(ofScope, paged);
  return rows.map(toChange);
}

function toChange(row: HistoryRow): MappingChange {
  return {
    seq: row.seq,
    kind: row.kind,
    wapId: row.wap_id,
    by: row.changed_by,
    at: row.changed_at,
    before: parsed(row.before_json),
    after: parsed(row.after_json),
  };
}

/** An entry as it was written; its shape is that of the version that wrote it. */
function parsed(text: string | null): MappingEntry | null {
  return text === null ? null : (JSON.parse(text) as MappingEntry);
}
