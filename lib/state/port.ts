/** A value that both SQLite and PostgreSQL store alike. Times are integer milliseconds UTC, bodies are text. */
export type SqlValue = string | number | null;
export type Params = Record<string, SqlValue>;

/** One SQL text for every driver, with `:name` for its values. `Row` is what it returns. */
export interface Statement<Row> {
  readonly text: string;
  readonly row?: Row;
}

export function statement<Row = never>(text: string): Statement<Row> {
  return { text };
}

/** What can be done inside one transaction. */
export interface Tx {
  rows<Row>(statement: Statement<Row>, params?: Params): Promise<Row[]>;
  /** Runs a statement that returns no rows; answers how many rows it changed. */
  change(statement: Statement<never>, params?: Params): Promise<number>;
  /** Where a transaction with an `undo` may commit what it wrote so far; any other goes on as it is. */
  part(): Promise<void>;
}

export interface TransactionOptions {
  /** The end of this process takes nothing away, but a power cut may, until the next transaction without this: for what
   *  is found out again, such as that something was emitted. */
  relaxed?: boolean;
  /** For a change that is too large for one commit: `work` may part it. Nobody else has a turn between its parts. When it
   *  rejects after the first of them, `undo` takes back what those committed before anybody else has one; it does so again until
   *  it succeeds, so it must be safe to repeat, and may part its own work. What a killed process leaves must be found and
   *  undone where the store is opened. */
  undo?(tx: Tx): Promise<void>;
}

/** The transactional store. */
export interface Store {
  /** For messages: the file or the server, without credentials. */
  readonly name: string;
  /** Runs `work` in one transaction: all of it is durable when this resolves, none of it when it rejects.
   *  @throws STATE_UNAVAILABLE when the store cannot be written; STATE_LOCKED when another process holds it. */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  close(): Promise<void>;
}
