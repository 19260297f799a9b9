/** A value that both SQLite and PostgreSQL store alike. Times are integer milliseconds UTC, bodies are text. */
export type SqlValue = string | number | null;
/** The values of a statement by the name they have in its text, without the colon. */
export type Params = Record<string, SqlValue>;

/** One SQL text for every driver, with `:name` for its values. `Row` is what it returns. */
export interface Statement<Row> {
  readonly text: string;
  readonly row?: Row;
}

/** Names a statement's text and the type of its rows; without `Row` it returns none and goes through `change`. Nothing is
 *  prepared here, so it is called once a statement, when its file is loaded. */
export function statement<Row = never>(text: string): Statement<Row> {
  return { text };
}

/** What can be done inside one transaction. */
export interface Tx {
  /** All rows at once, so a statement that may find many has a `LIMIT`. Also for changes with `RETURNING`. */
  rows<Row>(statement: Statement<Row>, params?: Params): Promise<Row[]>;
  /** Runs a statement that returns no rows; answers how many rows it changed. */
  change(statement: Statement<never>, params?: Params): Promise<number>;
  /** A point where a transaction with `undo` may commit what it wrote so far; any other transaction just continues. */
  part(): Promise<void>;
}

/** How durable and how large a transaction is; left out: on disk when it resolves, and in one commit. */
export interface TransactionOptions {
  /** Survives a process crash, but not a power cut until the next transaction that is not relaxed. For facts that can be
   *  rediscovered, such as that something was emitted. */
  relaxed?: boolean;
  /** For a change too large for one commit: `work` may commit in parts, and no other transaction runs between them. If it
   *  rejects after the first part, `undo` takes back what was committed before any other transaction runs; it is retried until
   *  it succeeds, so it must be safe to repeat, and may work in parts itself. What a killed process leaves must be found and
   *  undone when the store is opened. */
  undo?(tx: Tx): Promise<void>;
}

/** The transactional store. */
export interface Store {
  /** For messages: the file or the server, without credentials. */
  readonly name: string;
  /** Runs `work` in one transaction: when this resolves all of it is durable, when it rejects none of it happened.
   *  A commit can fail and `work` be run again (a serialisation failure or a deadlock on PostgreSQL), so `work` reads and writes
   *  rows and computes what it returns, nothing else: whoever calls changes memory, tells others and calls other systems
   *  once this has resolved. Otherwise a run that was rolled back would leave its mark, and the next one make it twice.
   *  @throws STATE_UNAVAILABLE when the store cannot be written; STATE_LOCKED when another process holds it */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Lets transactions that were requested before end, then gives the file or connection back; later ones are refused. Safe to
   *  repeat. */
  close(): Promise<void>;
}
