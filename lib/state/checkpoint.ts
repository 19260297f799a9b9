import type { FileHandle } from 'node:fs/promises';
import type { SqliteDatabase } from './sqlite-driver';
import type { WalSync } from './wal-sync';

/** Brings the write-ahead log into the database file. SQLite would do it inside a commit, and the event loop would wait for
 *  the disk meanwhile. The order is SQLite's own: the log is on disk before the file is written, and the file before the log
 *  begins anew, which it does with the next commit. So no transaction may run until `run` resolves. */
export class Checkpoint {
  #pages = 0;
  #isFlushing = false;
  #isDue = false;
  #failure: Error | undefined;

  /** `file` is the database itself. It may be closed only after SQLite closed its own: that would give up SQLite's lock. */
  constructor(
    private readonly db: SqliteDatabase,
    private readonly log: WalSync,
    private readonly file: FileHandle,
    /** How many pages the log may have, by an estimate. */
    private readonly most: number,
  ) {}

  /** Once they are too many the log is flushed while transactions go on, so that `run` has little left to wait for. */
  add(pages: number): void {
    this.#pages += pages;
    if (this.#pages <= this.most || this.#isFlushing) return;
    this.#isFlushing = true;
    const flushed = () => {
      this.#isDue = true;
    };
    this.log.settled().then(flushed, flushed);
  }

  /** `run` is to come before the next transaction. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** @throws what the disk says. When the file itself could not be synced, always: the log may begin anew with the next
   *  commit, and a second sync may claim what the first one lost. */
  async run(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.log.settled();
    this.#pages = 0;
    this.#isFlushing = false;
    this.#isDue = false;
    this.db.exec('PRAGMA synchronous=OFF');
    try {
      this.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      this.db.exec('PRAGMA synchronous=NORMAL');
    }
    await this.file.datasync().catch(error => {
      this.#isDue = true;
      this.#failure = error;
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
