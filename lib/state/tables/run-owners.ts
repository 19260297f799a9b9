import { statement, type Tx } from '../port';

/** A run as its start node sees it. */
export interface OwnedRun {
  id: string;
  /** The workflow's name that it has. */
  name: string;
  key: string;
}

/** Unended runs of a workflow that another start node began. */
export interface BegunElsewhere {
  startNode: string;
  count: number;
}

/** How many runs of a workflow have not ended that one start node began; null: older versions did. */
export interface UnendedRuns {
  name: string;
  startNode: string | null;
  count: number;
}

const otherNames = statement<OwnedRun>(`
  SELECT id, name, run_key AS "key" FROM workflow
  WHERE start_node = :startNode AND name <> :name AND ended_at IS NULL ORDER BY started_at, id`);
/** Changes no row while a run of that name has its key. */
const rename = statement(`
  UPDATE workflow SET name = :name WHERE id = :id AND NOT EXISTS (
    SELECT 1 FROM workflow AS other
    WHERE other.name = :name AND other.run_key = workflow.run_key AND other.ended_at IS NULL)`);
const renameEnded = statement(`
  UPDATE workflow SET name = :name WHERE id IN (
    SELECT id FROM workflow WHERE start_node = :startNode AND name <> :name AND ended_at IS NOT NULL LIMIT :limit)`);
const elsewhere = statement<BegunElsewhere>(`
  SELECT start_node AS "startNode", COUNT(*) AS count FROM workflow
  WHERE name = :name AND ended_at IS NULL AND start_node <> :startNode GROUP BY start_node ORDER BY start_node`);
const handOn = statement(`
  UPDATE workflow SET start_node = :to WHERE name = :name AND start_node = :from AND ended_at IS NULL`);
const unended = statement<UnendedRuns>(`
  SELECT name, start_node AS "startNode", COUNT(*) AS count FROM workflow
  WHERE ended_at IS NULL GROUP BY name, start_node ORDER BY name`);

/** Renames a start node's unended runs to its workflow. `held`: runs whose key an unended run of that name already has. */
export async function renameUnended(
  tx: Tx,
  startNode: string,
  name: string,
): Promise<{ renamed: OwnedRun[]; held: OwnedRun[] }> {
  const renamed: OwnedRun[] = [];
  const held: OwnedRun[] = [];
  for (const run of await tx.rows(otherNames, { startNode, name })) {
    const isRenamed = (await tx.change(rename, { id: run.id, name })) > 0;
    (isRenamed ? renamed : held).push(run);
  }
  return { renamed, held };
}

/** The same for some of the ended runs; answers how many. */
export function renameSomeEnded(tx: Tx, startNode: string, name: string, limit: number): Promise<number> {
  return tx.change(renameEnded, { startNode, name, limit });
}

/** Other start nodes with unended runs of this workflow: a node that was copied or deleted leaves runs that nobody sends. Runs
 *  of older versions, which did not note their start node, are not among them. */
export function begunElsewhere(tx: Tx, name: string, startNode: string): Promise<BegunElsewhere[]> {
  return tx.rows(elsewhere, { name, startNode });
}

/** Hands unended runs of one start node over to another one. */
export async function handRunsOn(tx: Tx, name: string, from: string, to: string): Promise<void> {
  await tx.change(handOn, { name, from, to });
}

/** Numbers of unended runs, by workflow and start node. */
export function countUnended(tx: Tx): Promise<UnendedRuns[]> {
  return tx.rows(unended);
}
