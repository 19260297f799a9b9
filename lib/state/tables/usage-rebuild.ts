import { statement, type Tx } from '../port';
import type { MappingScope } from './mapping-entry';

/** A replay that recomputes the totals of its usage records; both ids included. */
export interface Rebuild {
  /** The replay's name. */
  run: string;
  fromId: number;
  toId: number;
  /** When the replay was begun, ms UTC. */
  startedAt: number;
}

interface Row {
  run: string;
  from_id: number;
  to_id: number;
  started_at: number;
}

const mine = 'installation = :installation AND target = :target';

const list = statement<Row>(`
  SELECT run, from_id, to_id, started_at FROM usage_rebuild WHERE ${mine} ORDER BY started_at DESC, run DESC`);
const add = statement(`
  INSERT INTO usage_rebuild (installation, target, run, from_id, to_id, started_at)
  VALUES (:installation, :target, :run, :fromId, :toId, :startedAt)`);
const drop = statement(`DELETE FROM usage_rebuild WHERE ${mine} AND run = :run`);

/** Replays whose records went to this billing system, the latest first. */
export async function listRebuilds(tx: Tx, { installation, target }: MappingScope): Promise<Rebuild[]> {
  const rows = await tx.rows(list, { installation, target });
  return rows.map(row => ({ run: row.run, fromId: row.from_id, toId: row.to_id, startedAt: row.started_at }));
}

/** Notes that a replay recomputes totals. Fails with STATE_CONFLICT when it is noted already. */
export async function addRebuild(tx: Tx, { installation, target }: MappingScope, rebuild: Rebuild): Promise<void> {
  const { run, fromId, toId, startedAt } = rebuild;
  await tx.change(add, { installation, target, run, fromId, toId, startedAt });
}

/** Forgets a recomputation; its totals stay as they are. */
export async function dropRebuild(tx: Tx, { installation, target }: MappingScope, run: string): Promise<void> {
  await tx.change(drop, { installation, target, run });
}
