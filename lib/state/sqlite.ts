import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../clock';
import { AdapterError } from '../errors';
import { Checkpoint } from './checkpoint';
import { IdleWatch } from './idle-watch';
import type { Params, Statement, Store, TransactionOptions, Tx } from './port';
import { loadSqlite, type SqliteDatabase, type SqliteStatement } from './sqlite-driver';
import { stateError } from './sqlite-errors';
import { WalSync } from './wal-sync';

export interface SqliteOptions {
  clock?: Clock;
  /** A transaction that runs no statement for so long is rolled back, so that work which waits for something else, such
   *  as a transaction inside it, cannot hold the store for ever. Default 30 seconds. */
  idleLimitMs?: number;
  /** About how many pages of 4096 bytes the write-ahead log may have. Default 4000. */
  logPages?: number;
}

/** Opens (or makes) a SQLite file and holds it for this process alone until `close`. What a transaction wrote or read is
 *  on disk when it resolves. A new folder gets mode 0700, a new file 0600.
 *  @throws STATE_LOCKED at once when another process holds the file; STATE_UNAVAILABLE when it cannot be used. */
export async function openSqlite(file: string, options: SqliteOptions = {}): Promise<Store> {
  const { DatabaseSync } = loadSqlite();
  let db: SqliteDatabase | undefined;
  const opened: FileHandle[] = [];
  const openToSync = async (path: string) => {
    const handle = await open(path, 'r+');
    opened.push(handle);
    return handle;
  };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    db = new DatabaseSync(file, { timeout: 0 });
    // The order matters: exclusive before WAL keeps the index in memory and the lock from here on.
    for (const pragma of [
      ...['locking_mode=EXCLUSIVE', 'journal_mode=WAL', 'synchronous=NORMAL', 'foreign_keys=ON'],
      'wal_autocheckpoint=0', // see Checkpoint
    ]) {
      db.exec(`PRAGMA ${pragma}`);
    }
    db.exec('BEGIN IMMEDIATE');
    db.exec('COMMIT');
    const whole = await realpath(file); // the log is beside the file itself, not beside a link to it
    const log = new WalSync(await openToSync(`${whole}-wal`));
    const checkpoint = new Checkpoint(db, log, await openToSync(whole), options.logPages ?? 4000);
    return new SqliteStore(file, db, log, checkpoint, options.clock ?? systemClock, options.idleLimitMs ?? 30_000);
  } catch (error) {
    db?.close(); // no statement was prepared
    for (const handle of opened) await handle.close();
    throw stateError(error, file);
  }
}

/** SQLite's own default. */
const pageBytes = 4096;

/** How long transactions may follow each other before timers and sockets have a turn. */
const rowMs = 10;

/** Transactions run one after another on the one connection, in the order asked for. */
class SqliteStore implements Store {
  readonly #statements = new Map<string, SqliteStatement>();
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #pausedAt = 0;
  readonly #idle: IdleWatch;

  constructor(
    readonly name: string,
    private readonly db: SqliteDatabase,
    private readonly log: WalSync,
    private readonly checkpoint: Checkpoint,
    private readonly clock: Clock,
    idleLimitMs: number,
  ) {
    this.#idle = new IdleWatch(clock, idleLimitMs, name);
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    if (this.#closed !== undefined)
      throw new AdapterError('STATE_UNAVAILABLE', `The state file ${this.name} is closed.`);
    const turn = this.#last.then(() => this.#run(work));
    this.#last = turn.catch(() => undefined);
    const result = await turn;
    if (options.relaxed) return result;
    try {
      await this.log.settled();
    } catch (error) {
      throw stateError(error, this.name);
    }
    return result;
  }

  async #run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    await this.#pause();
    await this.#checkpointIfDue();
    const tx = new SqliteTx(this.clock, (text, act) => this.#statement(text, act));
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const result = await Promise.race([work(tx), this.#idle.watch(tx)]);
      tx.open = false;
      this.db.exec('COMMIT');
      if (tx.pages > 0) this.log.wrote();
      this.checkpoint.add(tx.pages);
      return result;
    } catch (error) {
      tx.open = false;
      this.#rollBack();
      throw stateError(error, this.name);
    }
  }

  /** Transactions that wait for nothing follow each other without a turn of the event loop; a long row leaves it room. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#pausedAt < rowMs) return;
    await new Promise(resolve => setImmediate(resolve));
    this.#pausedAt = performance.now();
  }

  async #checkpointIfDue(): Promise<void> {
    if (!this.checkpoint.isDue) return;
    try {
      await this.checkpoint.run();
    } catch (error) {
      throw stateError(error, this.name);
    }
  }

  #statement<R>(text: string, act: (statement: SqliteStatement) => R): R {
    try {
      let prepared = this.#statements.get(text);
      if (!prepared) {
        prepared = this.db.prepare(text);
        this.#statements.set(text, prepared);
      }
      return act(prepared);
    } catch (error) {
      throw stateError(error, this.name);
    }
  }

  #rollBack(): void {
    try {
      this.db.exec('ROLLBACK');
    } catch {
      // After a full disk SQLite has already rolled back by itself, and BEGIN may have failed: nothing is open then.
    }
  }

  /** Waits for the transactions asked for before, then lets go of the file. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      this.#idle.close();
      await this.log.close();
      this.#statements.clear();
      letGo(this.db);
      await this.checkpoint.close();
    });
    return this.#closed;
  }
}

/** The optional package ends its prepared statements only when they are collected as garbage, and until then SQLite
 *  keeps a closed connection, and with it the lock. So the lock goes first; it cannot go while the file is in WAL. */
function letGo(db: SqliteDatabase): void {
  try {
    for (const pragma of ['journal_mode=DELETE', 'locking_mode=NORMAL']) db.exec(`PRAGMA ${pragma}`);
    db.exec('SELECT 1 FROM sqlite_master'); // the new locking mode begins with the next access
  } catch {
    // A full disk, say: what was committed is safe, and the lock goes with the process at the latest.
  }
  db.close();
}

class SqliteTx implements Tx {
  open = true;
  /** About how many it wrote. */
  pages = 0;
  usedAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly run: <R>(text: string, act: (statement: SqliteStatement) => R) => R,
  ) {
    this.usedAt = clock.now();
  }

  async rows<Row>(statement: Statement<Row>, params: Params = {}): Promise<Row[]> {
    const rows = this.#use(statement.text, prepared => prepared.all(params) as Row[]);
    if (!/^\s*SELECT/i.test(statement.text)) this.#wrote(rows.length, params);
    return rows;
  }

  async change(statement: Statement<never>, params: Params = {}): Promise<number> {
    const changes = this.#use(statement.text, prepared => Number(prepared.run(params).changes));
    this.#wrote(changes, params);
    return changes;
  }

  #wrote(rows: number, params: Params): void {
    if (rows === 0) return;
    this.pages += rows;
    for (const value of Object.values(params)) if (typeof value === 'string') this.pages += value.length / pageBytes;
  }

  #use<R>(text: string, act: (statement: SqliteStatement) => R): R {
    if (!this.open) {
      throw new AdapterError('STATE_UNAVAILABLE', 'A statement came after its transaction had ended.');
    }
    this.usedAt = this.clock.now();
    return this.run(text, act);
  }
}
