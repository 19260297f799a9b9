import type { HeldFile } from './held-file';
import type { SqliteDatabase } from './module';
import type { WalSync } from './wal-sync';

const mebibyte = 1024 * 1024;
/** The longest log in bytes, however large the file is. */
const most = 16 * mebibyte;
/** How many bytes are checkpointed at once while a change is written in parts: SQLite's share of that blocks the event loop. */
const inParts = 4 * mebibyte;

/** Checkpoints the write-ahead log. SQLite would do so inside a commit, with the event loop waiting for the disk. The order is
 *  SQLite's own: the log is synced before the file is written, and the file is synced before the log is reset. No transaction
 *  may run until `run` resolves. */
export class Checkpoint {
  readonly #db: SqliteDatabase;
  readonly #log: WalSync;
  readonly #file: HeldFile;
  /** The longest log in bytes; undefined: as long as the file, between 1 MiB and 16 MiB. */
  readonly #logBytes: number | undefined;
  /** The log is being synced ahead of `run`. */
  #isFlushing = false;
  #isDue = false;
  /** Why the file could not be synced; it lasts. */
  #failure: Error | undefined;

  /** `file` is the database itself. It must be closed after SQLite's own handle: closing it earlier would release SQLite's
   *  lock. */
  constructor(db: SqliteDatabase, log: WalSync, file: HeldFile, logBytes?: number) {
    this.#db = db;
    this.#log = log;
    this.#file = file;
    this.#logBytes = logBytes;
  }

  /** When the log is too long it is synced while transactions go on, so that `run` has little left to wait for; at twice the
   *  length they wait. */
  look(logBytes: number, fileBytes: number): void {
    const limit = this.#logBytes ?? Math.min(most, Math.max(mebibyte, fileBytes));
    // The upper bound, however fast transactions follow each other.
    if (logBytes > 2 * limit) this.#isDue = true;
    if (logBytes <= limit || this.#isFlushing) return;
    this.#isFlushing = true;
    const flushed = () => {
      this.#isDue = true;
    };
    this.#log.settled().then(flushed, flushed);
  }

  /** Called between the parts of a large change, which write more than anything else. */
  lookInParts(logBytes: number): void {
    if (logBytes > Math.min(inParts, this.#logBytes ?? inParts)) this.#isDue = true;
  }

  /** True when `run` has to come before the next transaction. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** @throws the disk's error. Once the file itself could not be synced, always: a second sync may report success for what the
   *  first one lost. */
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
      // Everything is in the file by now, so the log can be shortened.
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.exec('PRAGMA synchronous=NORMAL');
    }
  }

  /** Closes the database's second handle; see the constructor for the order. */
  async close(): Promise<void> {
    await this.#file.handle.close();
  }
}
