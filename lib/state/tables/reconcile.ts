import { foldId, foldName, foldWapId } from '../../ids';
import { statement, type Tx } from '../port';
import type { MappingScope } from './mapping-entry';

/** Where something was read from. The mapping, the third side, is compared where it is stored. */
export type Side = 'wap' | 'billing';

/** One thing as one side shows it. On billing's side `kind` is `offer` or `subscription`, and `id` is billing's key. */
export interface SideRow {
  side: Side;
  kind: string;
  id: string;
  remoteId: string | null;
  name: string | null;
  state: string;
  /** The plan of a subscription. */
  offer: string | null;
  /** ms UTC. */
  createdAt: number | null;
}

/** What the three sides have under one WAP id, or under one billing key. */
export interface Triple {
  /** As WAP spells it, otherwise the mapping, otherwise billing. */
  id: string;
  /** Its position in the order of its source. */
  place: string;
  /** As the mapping and as billing spell it. */
  mappedId: string | null;
  billingKey: string | null;
  /** More than one: an older version mapped two spellings of the id. */
  mappings: number;
  name: string | null;
  /** Null: WAP does not have it. The state is in WAP's words. */
  wapState: string | null;
  wapOffer: string | null;
  createdAt: number | null;
  /** As mapped; null: it is not. */
  billingId: string | null;
  mappedAt: number | null;
  remoteId: string | null;
  /** Null: billing does not have it under the mapped id, or without a mapping under WAP's. The state is in billing's words. */
  billingState: string | null;
  billingOffer: string | null;
  /** What billing has under the key when it lacks the id that the mapping names. */
  keyId: string | null;
  keyState: string | null;
}

const scoped = 'installation = :installation AND target = :target';
const put = statement(`
  INSERT INTO reconcile_row (installation, target, side, kind, id, shown_id, remote_id, remote_key, name, state, offer,
    created_at)
  VALUES (:installation, :target, :side, :kind, :key, :id, :remoteId, :remoteKey, :name, :state, :offer, :createdAt)
  ON CONFLICT (installation, target, side, kind, id) DO UPDATE SET remote_id = excluded.remote_id,
    remote_key = excluded.remote_key, name = excluded.name, state = excluded.state, offer = excluded.offer,
    created_at = excluded.created_at WHERE shown_id = excluded.shown_id`);
/** Some at a time, because one statement over a large installation would hold the event loop. */
const clearSome = statement(`
  DELETE FROM reconcile_row WHERE ${scoped} AND side = :side AND kind = :kind AND id IN (
    SELECT id FROM reconcile_row WHERE ${scoped} AND side = :side AND kind = :kind LIMIT 5000)`);
const kinds = statement<{ side: string; kind: string }>(
  `SELECT DISTINCT side, kind FROM reconcile_row WHERE ${scoped}`,
);
const count = statement<{ total: number }>(
  `SELECT COUNT(*) AS total FROM reconcile_row WHERE ${scoped} AND side = :side AND kind = :kind`,
);

/** Mapped things are matched by billing's own id, others by key. */
const fromWap = statement<TripleRow>(`
  SELECT w.shown_id AS id, w.id AS place, w.name AS name, w.state AS wap_state, w.offer AS wap_offer,
    w.created_at AS created_at, m.wap_id AS mapped_id, m.billing_id AS billing_id, m.updated_at AS mapped_at,
    (SELECT COUNT(*) FROM mapping o WHERE o.installation = w.installation AND o.target = w.target AND o.kind = w.kind
      AND o.wap_key = w.id) AS mappings,
    b.shown_id AS billing_key, b.remote_id AS remote_id, b.state AS billing_state, b.offer AS billing_offer,
    k.remote_id AS key_id, k.state AS key_state
  FROM (SELECT * FROM reconcile_row WHERE ${scoped} AND side = 'wap' AND kind = :kind AND id > :after
    ORDER BY id LIMIT :limit) w
  LEFT JOIN mapping m ON m.installation = w.installation AND m.target = w.target AND m.kind = w.kind AND m.wap_id = (
    SELECT x.wap_id FROM mapping x WHERE x.installation = w.installation AND x.target = w.target AND x.kind = w.kind
      AND x.wap_key = w.id
    ORDER BY CASE WHEN x.wap_id = w.shown_id THEN 0 ELSE 1 END, x.updated_at DESC, x.wap_id LIMIT 1)
  LEFT JOIN reconcile_row b ON b.installation = w.installation AND b.target = w.target AND b.side = 'billing'
    AND b.kind = :billingKind AND b.id = CASE WHEN m.billing_id IS NULL THEN w.id ELSE (
      SELECT r.id FROM reconcile_row r WHERE r.installation = w.installation AND r.target = w.target
        AND r.side = 'billing' AND r.kind = :billingKind AND r.remote_key = m.billing_key LIMIT 1) END
  LEFT JOIN reconcile_row k ON b.id IS NULL AND k.installation = w.installation AND k.target = w.target
    AND k.side = 'billing' AND k.kind = :billingKind AND k.id = w.id
  ORDER BY w.id`);

/** Mapped, but WAP does not have it. */
const fromMapping = statement<TripleRow>(`
  SELECT m.wap_id AS id, m.wap_id AS place, m.name AS name, NULL AS wap_state, NULL AS wap_offer, NULL AS created_at,
    m.wap_id AS mapped_id, m.billing_id AS billing_id, m.updated_at AS mapped_at, 1 AS mappings,
    b.shown_id AS billing_key, b.remote_id AS remote_id, b.state AS billing_state, b.offer AS billing_offer,
    NULL AS key_id, NULL AS key_state
  FROM (SELECT * FROM mapping x WHERE x.installation = :installation AND x.target = :target AND x.kind = :kind
    AND x.wap_id > :after AND NOT EXISTS (SELECT 1 FROM reconcile_row w WHERE w.installation = x.installation
      AND w.target = x.target AND w.side = 'wap' AND w.kind = x.kind AND w.id = x.wap_key)
    ORDER BY x.wap_id LIMIT :limit) m
  LEFT JOIN reconcile_row b ON b.installation = m.installation AND b.target = m.target AND b.side = 'billing'
    AND b.kind = :billingKind AND b.remote_key = m.billing_key
  ORDER BY m.wap_id`);

/** In billing, neither mapped nor with the key of something in WAP. */
const fromBilling = statement<TripleRow>(`
  SELECT b.shown_id AS id, b.id AS place, b.name AS name, NULL AS wap_state, NULL AS wap_offer, NULL AS created_at,
    NULL AS mapped_id, NULL AS billing_id, NULL AS mapped_at, 0 AS mappings, b.shown_id AS billing_key, b.remote_id AS remote_id, b.state AS billing_state, b.offer AS billing_offer,
    NULL AS key_id, NULL AS key_state
  FROM reconcile_row b WHERE b.installation = :installation AND b.target = :target AND b.side = 'billing'
    AND b.kind = :billingKind AND b.id > :after
    AND NOT EXISTS (SELECT 1 FROM mapping m WHERE m.installation = b.installation AND m.target = b.target
      AND m.kind IN (:kind, :otherKind) AND m.billing_key = b.remote_key)
    AND NOT EXISTS (SELECT 1 FROM reconcile_row w WHERE w.installation = b.installation AND w.target = b.target
      AND w.side = 'wap' AND w.kind IN (:kind, :otherKind) AND w.id = b.id)
  ORDER BY b.id LIMIT :limit`);

/** Unmapped things of WAP with the unmapped ones of billing that have the same name; several matches are several rows. */
const sameName = statement<{
  id: string;
  place: string;
  name: string;
  remote_id: string;
  found: number;
  wanted: number;
}>(`
  WITH free_wap AS (SELECT * FROM reconcile_row w WHERE ${scoped} AND side = 'wap' AND kind = :kind
      AND name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mapping m WHERE m.installation = w.installation
        AND m.target = w.target AND m.kind = w.kind AND m.wap_key = w.id)),
    free_billing AS (SELECT * FROM reconcile_row b WHERE ${scoped} AND side = 'billing' AND kind = :billingKind
      AND name IS NOT NULL AND remote_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mapping m
        WHERE m.installation = b.installation AND m.target = b.target AND m.kind = :kind AND m.billing_key = b.remote_key))
  SELECT w.shown_id AS id, w.id AS place, w.name AS name, MIN(b.remote_id) AS remote_id, COUNT(*) AS found,
    (SELECT COUNT(*) FROM free_wap o WHERE o.name = w.name) AS wanted
  FROM free_wap w JOIN free_billing b ON b.name = w.name
  WHERE w.id > :after GROUP BY w.id, w.shown_id, w.name ORDER BY w.id LIMIT :limit`);

interface TripleRow {
  id: string;
  place: string;
  mapped_id: string | null;
  billing_key: string | null;
  mappings: number;
  name: string | null;
  wap_state: string | null;
  wap_offer: string | null;
  created_at: number | null;
  billing_id: string | null;
  mapped_at: number | null;
  remote_id: string | null;
  billing_state: string | null;
  billing_offer: string | null;
  key_id: string | null;
  key_state: string | null;
}

const sources = { wap: fromWap, mapping: fromMapping, billing: fromBilling };
/** From which side things are taken: all of WAP's, then what only the mapping has, then what only billing has. */
export type Source = keyof typeof sources;

/** What is compared with what: a kind of the mapping and the kind on billing's side. */
export interface KindPair {
  kind: string;
  billingKind: string;
  /** The other kind that has the same kind in billing. */
  otherKind: string;
}

/** Lays down one thing as a side shows it; a page that is read twice changes nothing. */
export async function putSideRow(tx: Tx, scope: MappingScope, row: SideRow): Promise<void> {
  const { side, kind, id, remoteId } = row;
  const key = side === 'billing' && kind === 'offer' ? foldName(id) : foldWapId(kind, id);
  const params = { ...scope, ...row, remoteKey: remoteId === null ? null : foldId(remoteId) };
  // Where a side shows both spellings of an id, they are two things.
  if ((await tx.change(put, { ...params, key })) === 0) await tx.change(put, { ...params, key: id });
}

/** Removes some rows that a reconciliation left; false when none are left. */
export async function clearSideRows(tx: Tx, scope: MappingScope): Promise<boolean> {
  const left = await tx.rows(kinds, { ...scope });
  for (const { side, kind } of left) await tx.change(clearSome, { ...scope, side, kind });
  return left.length > 0;
}

/** How many things of a kind a side has shown. */
export async function countSideRows(tx: Tx, scope: MappingScope, side: Side, kind: string): Promise<number> {
  return (await tx.rows(count, { ...scope, side, kind }))[0]?.total ?? 0;
}

/** The next in the order of the ids. */
export async function triples(
  tx: Tx,
  scope: MappingScope,
  source: Source,
  { kind, billingKind, otherKind }: KindPair,
  after: string,
  limit: number,
): Promise<Triple[]> {
  const params = { ...scope, kind, billingKind, after, limit, ...(source === 'billing' ? { otherKind } : {}) };
  return (await tx.rows(sources[source], params)).map(row => ({
    ...{ place: row.place, mappedId: row.mapped_id, billingKey: row.billing_key, mappings: row.mappings },
    ...{ id: row.id, name: row.name, wapState: row.wap_state, wapOffer: row.wap_offer, createdAt: row.created_at },
    ...{ billingId: row.billing_id, mappedAt: row.mapped_at, remoteId: row.remote_id },
    ...{ billingState: row.billing_state, billingOffer: row.billing_offer, keyId: row.key_id, keyState: row.key_state },
  }));
}

/** What could be mapped by name; `unique` when each side has the name once. */
export async function matchesByName(
  tx: Tx,
  scope: MappingScope,
  { kind, billingKind }: KindPair,
  after: string,
  limit: number,
): Promise<Array<{ id: string; place: string; name: string; remoteId: string; unique: boolean }>> {
  const rows = await tx.rows(sameName, { ...scope, kind, billingKind, after, limit });
  return rows.map(({ id, place, name, remote_id: remoteId, found, wanted }) => ({
    ...{ id, place, name, remoteId },
    unique: Number(found) === 1 && Number(wanted) === 1,
  }));
}
