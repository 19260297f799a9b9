import { statement, type Tx } from '../port';

/** Something that a person did at the operator's desk. */
export interface DeskAct {
  id: number;
  /** ms UTC. */
  at: number;
  /** The user of Node-RED; empty where Node-RED has no login. */
  who: string;
  /** The act's name, e.g. `resumeRuns`. */
  what: string;
  /** What it was done to, as a person reads it: a key, or the filter. */
  subject: string;
  /** How many things it was done to. */
  count: number;
  /** The reason given; empty where none is asked for. */
  why: string;
}

const add = statement(`
  INSERT INTO desk_act (id, at, who, what, subject, count, why)
  SELECT COALESCE(MAX(id), 0) + 1, :at, :who, :what, :subject, :count, :why FROM desk_act`);
const page = statement<DeskAct>(`
  SELECT id, at, who, what, subject, count, why FROM desk_act WHERE id < :before ORDER BY id DESC LIMIT :limit`);
const drop = statement('DELETE FROM desk_act WHERE at < :before');

/** Notes an act. One that changes rows is noted in the same transaction: what is undone must not be told. */
export async function addDeskAct(tx: Tx, { at, who, what, subject, count, why }: Omit<DeskAct, 'id'>): Promise<void> {
  await tx.change(add, { at, who, what, subject, count, why });
}

/** Newest first, older than the id `before`. */
export function selectDeskActs(tx: Tx, before: number, limit: number): Promise<DeskAct[]> {
  return tx.rows(page, { before, limit });
}

/** Forgets what is older than a time (ms UTC). */
export async function dropDeskActs(tx: Tx, before: number): Promise<void> {
  await tx.change(drop, { before });
}
