import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../../async/clock';
import { yieldToLoop } from '../../async/event-loop';
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

export interface SqliteOptions {
  clock?: Clock;
  /** A transaction that runs no statement for so long is rolled back, so that work which waits for something else, such
   *  as a transaction inside it, cannot hold the store for ever. Default 30 seconds. */
  idleLimitMs?: number;
  /** How many pages of 4096 bytes the write-ahead log may have. Without it as many as the file, from 1 to 16 MiB. */
  logPages?: number;
  warn?(text: string): void;
}

/** Opens (or makes) a SQLite file and holds it for this process alone until `close`. What a transaction wrote or read is
 *  on disk when it resolves. A new folder gets mode 0700, a file 0600; `warn` hears of one that others could read.
 *  @throws STATE_LOCKED at once when another process holds the file; STATE_UNAVAILABLE when it cannot be used, is of another
 *  program, or has a log beside it that is of another file. */
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
    // The order matters: exclusive before WAL keeps the index in memory and the lock from here on.
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
    const whole = await realpath(file); // the log is beside the file itself, not beside a link to it
    const main = await hold(whole);
    const log = await hold(`${whole}-wal`);
    const sync = new WalSync(log.handle);
    const limit = options.logPages === undefined ? undefined : options.logPages * frameBytes;
    const checkpoint = new Checkpoint(db, sync, main, limit);
    if (hasLog) sync.wrote(); // the process before may not have come to it
    const held = { main, log, sync, checkpoint };
    return new SqliteStore(file, db, held, options.clock ?? systemClock, options.idleLimitMs ?? 30_000);
  } catch (error) {
    if (db && isOurs) letGo(db);
    else db?.close(); // no statement was prepared
    for (const { handle } of opened) await handle.close();
    throw stateError(error, file);
  }
}

/** A page of SQLite's own default with what stands before it in the log. */
const frameBytes = 4096 + 24;

/** How long transactions may follow each other before timers and sockets have a turn. */
const rowMs = 10;

interface Held {
  main: HeldFile;
  log: HeldFile;
  sync: WalSync;
  checkpoint: Checkpoint;
}

type Work<T> = (tx: Tx) => Promise<T>;

/** Transactions run one after another on the one connection, in the order asked for. */
class SqliteStore implements Store {
  readonly #statements = new Map<string, SqliteStatement>();
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #pausedAt = 0;
  /** The log is empty: what goes into it first says which file it is of. */
  #isUnmarked = true;
  /** The files are not where they were any more. */
  #isLost = false;
  #undo: Work<void> | undefined;
  readonly #idle: IdleWatch;

  constructor(
    readonly name: string,
    private readonly db: SqliteDatabase,
    private readonly held: Held,
    private readonly clock: Clock,
    idleLimitMs: number,
  ) {
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
      await this.held.sync.settled();
      this.#look(); // the disk took its time
    } catch (error) {
      throw stateError(error, this.name);
    }
    return result;
  }

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
        await this.#takeBack().catch(() => undefined); // whoever comes next tries again, and hears of it
      }
      throw error;
    }
  }

  /** What a change in parts left when it failed: nobody may see it. */
  async #takeBack(): Promise<void> {
    if (!this.#undo) return;
    await this.#runOne(this.#undo, () => undefined);
    this.#undo = undefined;
  }

  /** `parted` hears of each commit before the last; without it there is only the last. */
  async #runOne<T>(work: Work<T>, parted?: () => void): Promise<T> {
    await this.#checkpointIfDue();
    const tx: SqliteTx = new SqliteTx(
      this.clock,
      (text, act) => this.#statement(text, act),
      () => (parted ? this.#part(tx, parted) : Promise.resolve()),
    );
    try {
      this.db.exec('BEGIN IMMEDIATE');
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

  /** The disk has its share of a part before the next begins, outside the event loop. */
  async #part(tx: SqliteTx, parted: () => void): Promise<void> {
    this.#commit(tx);
    parted();
    this.#look();
    await yieldToLoop();
    this.held.checkpoint.lookInParts(this.held.log.look());
    await this.#checkpointIfDue();
    await yieldToLoop();
    this.db.exec('BEGIN IMMEDIATE');
  }

  #commit(tx: SqliteTx): void {
    if (tx.wrote && this.#isUnmarked) this.#mark();
    this.db.exec('COMMIT');
    if (!tx.wrote) return;
    tx.wrote = false;
    this.#isUnmarked = false;
    this.held.sync.wrote();
  }

  #mark(): void {
    const [row] = this.#statement('PRAGMA user_version', statement => statement.all({}));
    this.db.exec(`PRAGMA user_version=${nextMark(Number(Object.values(row ?? {})[0] ?? 0))}`);
  }

  /** What was committed into a file that is not there any more is not kept: whoever asked for it must hear so.
   *  @throws STATE_UNAVAILABLE */
  #look(): void {
    try {
      this.held.checkpoint.look(this.held.log.look(), this.held.main.look());
      this.#isLost = false;
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  /** Transactions that wait for nothing follow each other without a turn of the event loop; a long row leaves it room. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#pausedAt < rowMs) return;
    await new Promise(resolve => setImmediate(resolve));
    this.#pausedAt = performance.now();
  }

  async #checkpointIfDue(): Promise<void> {
    const { checkpoint } = this.held;
    if (!checkpoint.isDue) return;
    try {
      await checkpoint.run();
      this.#isUnmarked = true;
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

  #isMoved(): boolean {
    try {
      this.#look();
    } catch {
      // Told to those whose transaction met it.
    }
    return this.#isLost;
  }

  /** Waits for the transactions asked for before, then lets go of the file. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      this.#idle.close();
      await this.held.sync.close();
      this.#statements.clear();
      // SQLite would take the log away that lies beside what is there now.
      if (this.#isMoved()) this.db.close();
      else letGo(this.db);
      await this.held.checkpoint.close();
    });
    return this.#closed;
  }
}

/** The binary brought along ends its prepared statements only when they are collected as garbage, and until then SQLite
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
