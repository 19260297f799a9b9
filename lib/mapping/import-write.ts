import { yieldToLoop } from '../async/event-loop';
import { sortInParts } from '../async/sort-in-parts';
import type { Tx } from '../state/port';
import { deleteEntry, writeEntry } from '../state/tables/mapping';
import { wapKeyOf } from '../state/tables/mapping-entry';
import { addChange } from '../state/tables/mapping-history';
import { beginImport, endImport } from '../state/tables/mapping-undo';
import { type MappingPlan, type PlannedLine, rowsBetweenBreaths } from './import-plan';
import type { Mapping } from './mapping';

/** Lines written or removed in one part. Ids come in no order, so each may touch pages of its own. */
const rowsAPart = 500;

/** Carries out the plan, in parts if the transaction has any. The history records each change before it is made, so that
 *  `undoImports` can take back what an earlier part left. */
export async function writePlan(
  tx: Tx,
  mapping: Mapping,
  { removals, releases, writes }: MappingPlan,
  by: string,
): Promise<void> {
  const at = mapping.clock.now();
  const told = new Set<PlannedLine>(releases);
  await beginImport(tx, mapping.scope);
  await inParts(tx, removals, async entry => {
    await addChange(tx, { before: entry, after: null, by, at });
    await deleteEntry(tx, entry);
  });
  // Two entries of the file may swap billing ids, so all old rows are removed before the first new one is written.
  await inParts(tx, releases, async ({ before, after }) => {
    await addChange(tx, { before, after, by, at });
    if (before) await deleteEntry(tx, before);
  });
  // In storage order, so that a part touches few pages.
  const inOrder = await sortInParts(writes, ({ after }) => `${after.kind}\n${wapKeyOf(after)}`);
  await inParts(tx, inOrder, async write => {
    const { before, after } = write;
    if (!told.has(write)) await addChange(tx, { before, after, by, at });
    await writeEntry(tx, after);
  });
  await endImport(tx, mapping.scope);
}

/** Does one after another, and commits now and then where the transaction may. */
async function inParts<T>(tx: Tx, all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (const [index, one] of all.entries()) {
    if (index > 0 && index % rowsAPart === 0) await tx.part();
    else if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    await act(one);
  }
}
