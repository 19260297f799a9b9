import type { FileHandle } from 'node:fs/promises';
import { nextTurn } from '../../async/event-loop';

/** Brings commits in SQLite's write-ahead log to the disk, outside the event loop and one sync for all that wait. SQLite
 *  itself syncs the log only before a checkpoint (`synchronous=NORMAL`). */
export class WalSync {
  readonly #log: FileHandle;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Something was committed that no sync covers or is going to. */
  #isBehind = false;

  constructor(log: FileHandle) {
    this.#log = log;
  }

  /** A commit wrote something. It is on disk at the latest when a later `settled` resolves. */
  wrote(): void {
    this.#isBehind = true;
  }

  /** Resolves when every commit passed to `wrote` so far is on disk. @throws the file system's error */
  settled(): Promise<void> {
    // The sync that runs may have begun before this commit.
    if (this.#isBehind) this.#next ??= this.#follow(this.#running);
    return this.#next ?? this.#running ?? Promise.resolve();
  }

  /** Waits for the syncs that were asked for, then closes the file. */
  async close(): Promise<void> {
    await this.settled().catch(() => undefined); // those who wait for it have the error
    await this.#log.close();
  }

  async #follow(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined);
    await nextTurn(); // those next in the queue commit meanwhile and share the sync
    const sync = this.#log.datasync();
    this.#next = undefined;
    this.#running = sync;
    this.#isBehind = false;
    try {
      await sync;
    } catch (error) {
      this.#isBehind = true;
      throw error;
    } finally {
      if (this.#running === sync) this.#running = undefined;
    }
  }
}
