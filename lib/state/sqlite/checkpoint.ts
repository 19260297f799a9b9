import type { HeldFile } from './held-file';
import type { SqliteDatabase } from './module';
import type { WalSync } from './wal-sync';

const mebibyte = 1024 * 1024;
const most = 16 * mebibyte;
/** How many bytes come into the file in one go while a change is written in parts: SQLite's part of it stops the event loop. */
const inParts = 4 * mebibyte;

/** Brings the write-ahead log into the database file. SQLite would do it inside a commit, and the event loop would wait for
 *  the disk meanwhile. The order is SQLite's own: the log is on disk before the file is written, and the file before the log
 *  is emptied. So no transaction may run until `run` resolves. */
export class Checkpoint {
  readonly #db: SqliteDatabase;
  readonly #log: WalSync;
  readonly #file: HeldFile;
  /** How many bytes the log may have; undefined: as many as the file, from 1 MiB to 16 MiB. */
  readonly #logBytes: number | undefined;
  #isFlushing = false;
  #isDue = false;
  #failure: Error | undefined;

  /** `file` is the database itself. It may be closed only after SQLite closed its own: that would give up SQLite's lock. */
  constructor(db: SqliteDatabase, log: WalSync, file: HeldFile, logBytes?: number) {
    this.#db = db;
    this.#log = log;
    this.#file = file;
    this.#logBytes = logBytes;
  }

  /** Once the log is too long it is flushed while transactions go on, so that `run` has little left to wait for; at twice
   *  the length they wait. */
  look(logBytes: number, fileBytes: number): void {
    const limit = this.#logBytes ?? Math.min(most, Math.max(mebibyte, fileBytes));
    // However fast transactions follow each other.
    if (logBytes > 2 * limit) this.#isDue = true;
    if (logBytes <= limit || this.#isFlushing) return;
    this.#isFlushing = true;
    const flushed = () => {
      this.#isDue = true;
    };
    this.#log.settled().then(flushed, flushed);
  }

  /** Between the parts of a large change, which write more than anything else does. */
  lookInParts(logBytes: number): void {
    if (logBytes > Math.min(inParts, this.#logBytes ?? inParts)) this.#isDue = true;
  }

  /** `run` is to come before the next transaction. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** @throws what the disk says. When the file itself could not be synced, always: a second sync may claim what the first
   *  one lost. */
  async run(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#log.settled();
    this.#isFlushing = false;
    this.#isDue = false;
    this.#db.exec('PRAGMA synchronous=OFF');
    try {
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
      await this.#file.handle.datasync().catch(error => {
        this.#isDue = true;
        this.#failure = error;
        throw error;
      });
      // All of it is in the file: a log that stays long would only take up room.
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.exec('PRAGMA synchronous=NORMAL');
    }
  }

  async close(): Promise<void> {
    await this.#file.handle.close();
  }
}
