import { statement, type Tx } from '../port';
import type { MappingScope } from './mapping-entry';
import type { Rebuild } from './usage-rebuild';

/** What a total is of. The empty subscription stands for all of them together. */
export interface TotalKey {
  /** As it is compared. */
  subscription: string;
  /** Such as 2026-01-31, in `zone`. */
  day: string;
  meter: string;
  /** Empty: none. */
  unit: string;
  /** The time zone that the days were cut by. */
  zone: string;
}

/** What billing was sent of one meter for one subscription on one day. */
export interface UsageTotal extends TotalKey {
  /** Exact decimal. */
  quantity: string;
  /** The number of quantities, including adjustments. */
  items: number;
}

/** The range of record ids that went into it; -1 when others did too. */
export interface StoredTotal extends UsageTotal {
  firstId: number;
  lastId: number;
}

interface Row extends UsageTotal {
  first_id: number;
  last_id: number;
}

const mine = 'installation = :installation AND target = :target';
const columns = 'subscription, day, meter, unit, zone, quantity, items';
const one = `${mine} AND subscription = :subscription AND day = :day AND meter = :meter AND unit = :unit AND zone = :zone`;

const find = statement<Row>(`SELECT ${columns}, first_id, last_id FROM usage_total WHERE ${one}`);
/** Replaces, never adds: decimals are added up outside, because SQLite would round them. */
const put = statement(`
  INSERT INTO usage_total (installation, target, ${columns}, first_id, last_id)
  VALUES (:installation, :target, :subscription, :day, :meter, :unit, :zone, :quantity, :items, :firstId, :lastId)
  ON CONFLICT (installation, target, subscription, day, meter, unit, zone) DO UPDATE SET quantity = excluded.quantity,
    items = excluded.items, first_id = excluded.first_id, last_id = excluded.last_id`);
const drop = statement(`DELETE FROM usage_total WHERE ${one}`);
const prune = statement(`
  DELETE FROM usage_total WHERE day < :cutoff AND day = (SELECT MIN(day) FROM usage_total) AND subscription IN
    (SELECT subscription FROM usage_total WHERE day = (SELECT MIN(day) FROM usage_total) ORDER BY subscription
     LIMIT :limit)`);

/** Rows whose records all lie within a replay, which brings all of them again. */
const within = `${mine} AND subscription <> '' AND first_id >= :fromId AND last_id <= :toId`;
const dropWithin = statement<UsageTotal>(`
  DELETE FROM usage_total WHERE ${within} AND subscription IN
    (SELECT subscription FROM usage_total WHERE ${within} ORDER BY subscription LIMIT :limit)
  RETURNING ${columns}`);
/** Rows with some of their records within a replay. */
const keep = statement(`
  UPDATE usage_total SET kept = COALESCE(kept || :line, '') || :run WHERE ${mine} AND subscription <> ''
  AND last_id >= :fromId AND first_id <= :toId`);
const listKept = statement<KeptTotal>(`
  SELECT subscription, day, meter, unit, zone, kept FROM usage_total
  WHERE ${mine} AND subscription = :subscription AND kept IS NOT NULL`);
const lastId = statement<{ last: number | null }>(`
  SELECT MAX(last_id) AS last FROM usage_total WHERE ${mine} AND subscription = ''`);

/** One total; null when nothing was sent for it. */
export async function findTotal(tx: Tx, scope: MappingScope, key: TotalKey): Promise<StoredTotal | null> {
  const [row] = await tx.rows(find, { ...scopeOf(scope), ...keyOf(key) });
  if (!row) return null;
  const { first_id: firstId, last_id: lastId, ...total } = row;
  return { ...total, firstId, lastId };
}

/** Writes a total in full; who adds to one reads and writes it in one transaction. */
export async function putTotal(tx: Tx, scope: MappingScope, total: StoredTotal): Promise<void> {
  const { quantity, items, firstId, lastId } = total;
  await tx.change(put, { ...scopeOf(scope), ...keyOf(total), quantity, items, firstId, lastId });
}

export async function dropTotal(tx: Tx, scope: MappingScope, key: TotalKey): Promise<void> {
  await tx.change(drop, { ...scopeOf(scope), ...keyOf(key) });
}

/** Deletes the totals of some tenants on the oldest day, if that is before `cutoff`. */
export async function pruneTotals(tx: Tx, cutoff: string, limit: number): Promise<void> {
  await tx.change(prune, { cutoff, limit });
}

/** A total that a recomputation could not make anew, because some of its records were outside of the replay. */
export interface KeptTotal extends TotalKey {
  /** The replays that left it unchanged, one per line. */
  kept: string;
}

/** The highest id of a record that was counted; -1: none was. */
export async function lastCountedId(tx: Tx, scope: MappingScope): Promise<number> {
  return (await tx.rows(lastId, scopeOf(scope)))[0]?.last ?? -1;
}

/** Removes the totals of some tenants that consist of these records only; answers what was removed. */
export async function dropTotalsWithin(
  tx: Tx,
  scope: MappingScope,
  { fromId, toId }: Pick<Rebuild, 'fromId' | 'toId'>,
  limit: number,
): Promise<UsageTotal[]> {
  return tx.rows(dropWithin, { ...scopeOf(scope), fromId, toId, limit });
}

/** Marks totals that consist of these records and of others. */
export async function keepTotals(tx: Tx, scope: MappingScope, { run, fromId, toId }: Rebuild): Promise<void> {
  await tx.change(keep, { ...scopeOf(scope), run, line: '\n', fromId, toId });
}

/** Totals of one subscription that some replay left unchanged. */
export async function keptTotals(tx: Tx, scope: MappingScope, subscription: string): Promise<KeptTotal[]> {
  return tx.rows(listKept, { ...scopeOf(scope), subscription });
}

const scopeOf = ({ installation, target }: MappingScope) => ({ installation, target });
const keyOf = ({ subscription, day, meter, unit, zone }: TotalKey) => ({ subscription, day, meter, unit, zone });
