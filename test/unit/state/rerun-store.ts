import { type Store, statement, type TransactionOptions, type Tx } from '../../../lib/state/port';

type Work<T> = (tx: Tx) => Promise<T>;

const save = statement('SAVEPOINT first_run');
const rollBack = statement('ROLLBACK TO first_run');
const release = statement('RELEASE first_run');

/** Runs every transaction body, rolls it back, and runs it again, all in one turn at the store: what a body changes outside
 *  its rows happens twice. */
export function runningTwice(store: Store): Store {
  return {
    ...of(store),
    transaction: (work, options) => store.transaction(twice(work), withUndo(options, twice)),
  };
}

/** Each transaction runs to its commit, which fails, and runs again behind those that were asked for meanwhile, as with a
 *  database that answers "could not serialize access". */
export function losingFirstCommit(store: Store): Store {
  return {
    ...of(store),
    transaction: async (work, options) => {
      await store.transaction(lost(work), options).catch(unlessLost);
      return store.transaction(work, options);
    },
  };
}

const of = (store: Store) => ({ name: store.name, close: () => store.close() });

function withUndo(options: TransactionOptions | undefined, make: (work: Work<void>) => Work<void>) {
  const undo = options?.undo;
  return undo ? { ...options, undo: make(undo) } : options;
}

function twice<T>(work: Work<T>): Work<T> {
  return async tx => {
    // As a statement with rows, because the store syncs the disk after each that may have changed some.
    await tx.rows(save);
    // In parts the first run could not be rolled back.
    const first = work({ ...through(tx), part: async () => undefined });
    const failed = await first.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    await tx.rows(rollBack);
    await tx.rows(release);
    const result = await work(tx);
    // A first run that fails alone has left behind what the second one needed.
    if (failed) throw failed.error;
    return result;
  };
}

const through = (tx: Tx): Tx => ({
  rows: (text, params) => tx.rows(text, params),
  change: (text, params) => tx.change(text, params),
  part: () => tx.part(),
});

class Lost extends Error {}

/** What the body itself throws stands: there is no commit to fail. */
function lost<T>(work: Work<T>): Work<never> {
  return async tx => {
    await work(tx);
    throw new Lost('could not serialize access');
  };
}

function unlessLost(error: unknown): void {
  if (!isLost(error)) throw error;
}

/** The store may have put it into an error of its own. */
function isLost(error: unknown): boolean {
  return error instanceof Lost || (error instanceof Error && isLost(error.cause));
}
