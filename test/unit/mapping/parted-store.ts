import type { Store, Tx } from '../../../lib/state/port';

/** A store whose transactions with an `undo` commit after each statement that changes something, which is as finely as any
 *  can be parted; `parted` hears of each commit and may throw. */
export function statementByStatement(store: Store, parted: () => Promise<void>): Store {
  const finely = (tx: Tx): Tx => ({
    rows: (statement, params) => tx.rows(statement, params),
    part: () => tx.part(),
    change: async (statement, params) => {
      const changed = await tx.change(statement, params);
      await tx.part();
      await parted();
      return changed;
    },
  });
  return {
    name: store.name,
    close: () => store.close(),
    transaction: (work, options) => {
      const undo = options?.undo;
      if (!undo) return store.transaction(work, options);
      return store.transaction(tx => work(finely(tx)), { ...options, undo: tx => undo(finely(tx)) });
    },
  };
}
