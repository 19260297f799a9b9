import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../../async/clock';
import { nextTurn, yieldToLoop } from '../../async/event-loop';
import { AdapterError } from '../../errors';
import type { Store, TransactionOptions, Tx } from '../port';
import { Checkpoint } from './checkpoint';
import { stateError } from './errors';
import { applicationId, nextMark } from './file-marks';
import { HeldFile } from './held-file';
import { IdleWatch } from './idle-watch';
import { loadSqlite, type SqliteDatabase, type SqliteStatement } from './module';
import { checkSound, inspect, refuseForeign, tighten } from './open-file';
import { SqliteTx } from './tx';
import { WalSync } from './wal-sync';

/** How a file is opened; what is left out has its default. */
export interface SqliteOptions {
  clock?: Clock;
  /** A transaction that runs no statement for this long is rolled back: work that waits for something else, such as another
   *  transaction of the same store, would hold the store for ever. Default 30 seconds. */
  idleLimitMs?: number;
  /** The longest write-ahead log in pages of 4096 bytes. Default: as long as the file, between 1 and 16 MiB. */
  logPages?: number;
  /** Told, in a sentence, what a person should know and the store can do without, such as files that others can read. */
  warn?(text: string): void;
}

/** Opens (or creates) a SQLite file and holds it for this process alone until `close`. Whatever a transaction wrote or read is
 *  on disk when it resolves. A new folder gets mode 0700, a file 0600; `warn` is told of files that others could read.
 *  @throws STATE_LOCKED at once when another process holds the file; STATE_UNAVAILABLE when it cannot be used, belongs to
 *  another program, or has another file's log beside it */
export async function openSqlite(file: string, options: SqliteOptions = {}): Promise<Store> {
  const { DatabaseSync } = loadSqlite();
  let db: SqliteDatabase | undefined;
  let isOurs = false;
  const opened: HeldFile[] = [];
  const hold = async (path: string) => {
    const held = await HeldFile.open(path);
    opened.push(held);
    return held;
  };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    const { header, hasLog } = await inspect(file);
    for (const warning of await tighten(file)) options.warn?.(warning);
    db = new DatabaseSync(file, { timeout: 0 });
    // The order matters: exclusive mode before WAL keeps the index in memory and the lock from here on.
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    if (header) refuseForeign(db, file, header);
    isOurs = true;
    if (header?.applicationId !== applicationId) db.exec(`PRAGMA application_id=${applicationId}`);
    for (const pragma of [
      ...['journal_mode=WAL', 'synchronous=NORMAL', 'foreign_keys=ON'],
      'wal_autocheckpoint=0', // see Checkpoint
    ]) {
      db.exec(`PRAGMA ${pragma}`);
    }
    db.exec('BEGIN IMMEDIATE');
    db.exec('COMMIT');
    if (hasLog) await checkSound(db, file);
    const whole = await realpath(file); // the log is beside the real file, not beside a link to it
    const main = await hold(whole);
    const log = await hold(`${whole}-wal`);
    const sync = new WalSync(log.handle);
    const limit = options.logPages === undefined ? undefined : options.logPages * frameBytes;
    const checkpoint = new Checkpoint(db, sync, main, limit);
    if (hasLog) sync.wrote(); // the process before may not have synced it
    const held = { main, log, sync, checkpoint };
    return new SqliteStore(file, db, held, options.clock ?? systemClock, options.idleLimitMs ?? 30_000);
  } catch (error) {
    if (db && isOurs) letGo(db);
    else db?.close(); // no statement was prepared
    for (const { handle } of opened) await handle.close();
    throw stateError(error, file);
  }
}

/** A page of SQLite's default size with its frame header. */
const frameBytes = 4096 + 24;

/** How long transactions may follow each other before timers and sockets get a turn. */
const rowMs = 10;

/** What is open of one state file, and who syncs it. */
interface Held {
  main: HeldFile;
  log: HeldFile;
  sync: WalSync;
  checkpoint: Checkpoint;
}

/** What runs inside of a transaction; see `Store.transaction`. */
type Work<T> = (tx: Tx) => Promise<T>;

/** Runs transactions one after another on a single connection, in the order in which they were requested. */
class SqliteStore implements Store {
  readonly #db: SqliteDatabase;
  readonly #held: Held;
  readonly #clock: Clock;
  readonly #statements = new Map<string, SqliteStatement>();
  /** Settles, never rejecting, when the transaction requested last has ended; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  /** Set by the first `close`; from then on no transaction is taken. */
  #closed: Promise<void> | undefined;
  /** When the event loop last got a turn, on the monotonic clock. */
  #pausedAt = 0;
  /** The log is empty, so its first write must mark which file it belongs to. */
  #isUnmarked = true;
  /** The files were moved or deleted. */
  #isLost = false;
  /** What a failed change in parts still has to take back; nothing else runs before it succeeded. */
  #undo: Work<void> | undefined;
  readonly #idle: IdleWatch;

  constructor(
    readonly name: string,
    db: SqliteDatabase,
    held: Held,
    clock: Clock,
    idleLimitMs: number,
  ) {
    this.#db = db;
    this.#held = held;
    this.#clock = clock;
    this.#idle = new IdleWatch(clock, idleLimitMs, name);
  }

  async transaction<T>(work: Work<T>, options: TransactionOptions = {}): Promise<T> {
    if (this.#closed !== undefined)
      throw new AdapterError('STATE_UNAVAILABLE', `The state file ${this.name} is closed.`);
    const turn = this.#last.then(() => this.#run(work, options.undo));
    this.#last = turn.catch(() => undefined);
    const result = await turn;
    if (options.relaxed) return result;
    try {
      await this.#held.sync.settled();
      this.#look(); // the file may have been moved while the disk was busy
    } catch (error) {
      throw stateError(error, this.name);
    }
    return result;
  }

  /** One requested transaction, in its turn. */
  async #run<T>(work: Work<T>, undo: TransactionOptions['undo']): Promise<T> {
    await this.#pause();
    await this.#takeBack();
    if (!undo) return this.#runOne(work);
    let parts = 0;
    try {
      return await this.#runOne(work, () => {
        parts += 1;
      });
    } catch (error) {
      if (parts > 0) {
        this.#undo = undo;
        await this.#takeBack().catch(() => undefined); // the next transaction tries again and reports it
      }
      throw error;
    }
  }

  /** Undoes what a failed change in parts has committed; no other transaction may see it. */
  async #takeBack(): Promise<void> {
    if (!this.#undo) return;
    await this.#runOne(this.#undo, () => undefined);
    this.#undo = undefined;
  }

  /** `parted` is called for each commit before the last one; without it there is a single commit. */
  async #runOne<T>(work: Work<T>, parted?: () => void): Promise<T> {
    await this.#checkpointIfDue();
    const tx: SqliteTx = new SqliteTx(
      this.#clock,
      (text, act) => this.#statement(text, act),
      () => (parted ? this.#part(tx, parted) : Promise.resolve()),
    );
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const result = await Promise.race([work(tx), this.#idle.watch(tx)]);
      tx.open = false;
      this.#commit(tx);
      this.#look();
      return result;
    } catch (error) {
      await tx.end();
      this.#rollBack();
      throw stateError(error, this.name);
    }
  }

  /** Lets the disk catch up between two parts, outside the event loop. */
  async #part(tx: SqliteTx, parted: () => void): Promise<void> {
    this.#commit(tx);
    parted();
    this.#look();
    await yieldToLoop();
    this.#held.checkpoint.lookInParts(this.#held.log.look());
    await this.#checkpointIfDue();
    await yieldToLoop();
    this.#db.exec('BEGIN IMMEDIATE');
  }

  /** Commits, and tells the sync only when something was written: reading must not cost a sync. */
  #commit(tx: SqliteTx): void {
    if (tx.wrote && this.#isUnmarked) this.#mark();
    this.#db.exec('COMMIT');
    if (!tx.wrote) return;
    tx.wrote = false;
    this.#isUnmarked = false;
    this.#held.sync.wrote();
  }

  /** Puts the log's mark into the first page, in the same commit as the log's first change; see `nextMark`. */
  #mark(): void {
    const [row] = this.#statement('PRAGMA user_version', statement => statement.all({}));
    this.#db.exec(`PRAGMA user_version=${nextMark(Number(Object.values(row ?? {})[0] ?? 0))}`);
  }

  /** A commit into a file that has been deleted is lost, and its caller must learn that.
   *  @throws STATE_UNAVAILABLE */
  #look(): void {
    try {
      this.#held.checkpoint.look(this.#held.log.look(), this.#held.main.look());
      this.#isLost = false;
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  /** Short transactions follow each other without a turn of the event loop; a long series must leave it room. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#pausedAt < rowMs) return;
    await nextTurn();
    this.#pausedAt = performance.now();
  }

  /** Between two transactions only: a checkpoint inside of one would wait for itself. */
  async #checkpointIfDue(): Promise<void> {
    const { checkpoint } = this.#held;
    if (!checkpoint.isDue) return;
    try {
      await checkpoint.run();
      this.#isUnmarked = true;
    } catch (error) {
      throw stateError(error, this.name);
    }
  }

  /** Prepares each text once: there are a few hundred, all constants. */
  #statement<R>(text: string, act: (statement: SqliteStatement) => R): R {
    try {
      let prepared = this.#statements.get(text);
      if (!prepared) {
        prepared = this.#db.prepare(text);
        this.#statements.set(text, prepared);
      }
      return act(prepared);
    } catch (error) {
      throw stateError(error, this.name);
    }
  }

  /** Never throws: the error that led here is what the caller has to see. */
  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // When the disk is full SQLite rolls back by itself, and BEGIN may have failed: then nothing is open.
    }
  }

  /** Whether the file that is at the path now is another one. */
  #isMoved(): boolean {
    try {
      this.#look();
    } catch {
      // Reported to those whose transaction ran into it.
    }
    return this.#isLost;
  }

  /** Waits for the transactions requested before, then releases the file. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      this.#idle.close();
      await this.#held.sync.close();
      this.#statements.clear();
      // SQLite would delete the log of whatever file is there now.
      if (this.#isMoved()) this.#db.close();
      else letGo(this.#db);
      await this.#held.checkpoint.close();
    });
    return this.#closed;
  }
}

/** The bundled binary finalizes prepared statements only on garbage collection, and until then SQLite keeps the closed
 *  connection and its lock. So the lock is released first, which requires leaving WAL mode. */
function letGo(db: SqliteDatabase): void {
  try {
    for (const pragma of ['journal_mode=DELETE', 'locking_mode=NORMAL']) db.exec(`PRAGMA ${pragma}`);
    db.exec('SELECT 1 FROM sqlite_master'); // the new locking mode takes effect on the next access
  } catch {
    // A full disk, for example: what was committed is safe, and the lock ends with the process at the latest.
  }
  db.close();
}
