import { yieldToLoop } from '../async/event-loop';
import { sortInParts } from '../async/sort-in-parts';
import type { Tx } from '../state/port';
import { deleteEntry, writeEntry } from '../state/tables/mapping';
import { wapKeyOf } from '../state/tables/mapping-entry';
import { addChange } from '../state/tables/mapping-history';
import { beginImport, endImport } from '../state/tables/mapping-undo';
import { type MappingPlan, type PlannedLine, rowsBetweenBreaths } from './import-plan';
import type { Mapping } from './mapping';

/** Lines that are written, or removed, in one part: of ids in no order each changes pages of its own. */
const rowsAPart = 500;

/** Does what is planned, in parts where the transaction has any. No change is made before the history tells of it, so that
 *  `undoImports` can take back what a part before the last one left. */
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
  // Two entries of the file may swap their billing ids: the old rows go before the first new one comes.
  await inParts(tx, releases, async ({ before, after }) => {
    await addChange(tx, { before, after, by, at });
    if (before) await deleteEntry(tx, before);
  });
  // In the order in which they are stored, so that few pages change in a part.
  const inOrder = await sortInParts(writes, ({ after }) => `${after.kind}\n${wapKeyOf(after)}`);
  await inParts(tx, inOrder, async write => {
    const { before, after } = write;
    if (!told.has(write)) await addChange(tx, { before, after, by, at });
    await writeEntry(tx, after);
  });
  await endImport(tx, mapping.scope);
}

async function inParts<T>(tx: Tx, all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (const [index, one] of all.entries()) {
    if (index > 0 && index % rowsAPart === 0) await tx.part();
    else if (index % rowsBetweenBreaths === 0) await yieldToLoop();
    await act(one);
  }
}
