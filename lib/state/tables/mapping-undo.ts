import { statement, type Tx } from '../port';
import { deleteEntry, writeEntry } from './mapping';
import type { MappingEntry, MappingScope } from './mapping-entry';
import { changesAfter, forgetChanges, lastChange } from './mapping-history';

/** Changes taken back in one part. */
const together = 500;

/** A row here is an import that has not ended: everything after its `after_seq` in the history is its work. */
const begin = statement(
  'INSERT INTO mapping_import (installation, target, after_seq) VALUES (:installation, :target, :afterSeq)',
);
const end = statement('DELETE FROM mapping_import WHERE installation = :installation AND target = :target');
const open = statement<{ installation: string; target: string; after_seq: number }>(
  'SELECT installation, target, after_seq FROM mapping_import',
);

/** Marks the following changes as those of one import until it ends; in its first part. */
export async function beginImport(tx: Tx, { installation, target }: MappingScope): Promise<void> {
  await tx.change(begin, { installation, target, afterSeq: await lastChange(tx, { installation, target }) });
}

/** Marks the import as complete; in its last part. */
export async function endImport(tx: Tx, { installation, target }: MappingScope): Promise<void> {
  await tx.change(end, { installation, target });
}

/** Takes back what unfinished imports did, in the mapping and in its history. In parts if the transaction has any, each safe to
 *  repeat; does nothing when all imports are complete. */
export async function undoImports(tx: Tx): Promise<void> {
  for (const { installation, target, after_seq: afterSeq } of await tx.rows(open)) {
    const scope = { installation, target };
    // Entries may have swapped billing ids, so all new ones are removed before the first old one returns.
    await eachChange(tx, scope, afterSeq, async ({ before, after }) => {
      const entry = after ?? before;
      if (entry) await deleteEntry(tx, entry);
    });
    await eachChange(tx, scope, afterSeq, async ({ before }) => {
      if (before) await writeEntry(tx, before);
    });
    while (await forgetChanges(tx, scope, afterSeq, together)) await tx.part();
    await endImport(tx, scope);
  }
}

/** The changes of an import, oldest first, a part at a time. They are read anew after each part, never held all at once. */
async function eachChange(
  tx: Tx,
  scope: MappingScope,
  afterSeq: number,
  act: (change: { before: MappingEntry | null; after: MappingEntry | null }) => Promise<void>,
): Promise<void> {
  for (let from = afterSeq; ; ) {
    const changes = await changesAfter(tx, scope, from, together);
    for (const change of changes) await act(change);
    const last = changes.at(-1);
    if (!last) return;
    from = last.seq;
    await tx.part();
  }
}
