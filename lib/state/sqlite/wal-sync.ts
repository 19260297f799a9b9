import type { FileHandle } from 'node:fs/promises';
import { nextTurn } from '../../async/event-loop';

/** Syncs commits in SQLite's write-ahead log, outside the event loop and with one sync for everyone who waits. SQLite itself
 *  syncs the log only before a checkpoint (`synchronous=NORMAL`). */
export class WalSync {
  readonly #log: FileHandle;
  /** The sync under way, and the one that was requested behind it. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Something was committed that no running or requested sync covers. */
  #isBehind = false;

  constructor(log: FileHandle) {
    this.#log = log;
  }

  /** Notes that a commit wrote something; it is on disk when a later `settled` resolves. */
  wrote(): void {
    this.#isBehind = true;
  }

  /** Resolves when every commit passed to `wrote` so far is on disk. @throws the file system's error */
  settled(): Promise<void> {
    // The sync that runs may have begun before this commit.
    if (this.#isBehind) this.#next ??= this.#follow(this.#running);
    return this.#next ?? this.#running ?? Promise.resolve();
  }

  /** Waits for the requested syncs, then closes the file. */
  async close(): Promise<void> {
    await this.settled().catch(() => undefined); // the error went to those who wait for it
    await this.#log.close();
  }

  /** One sync for all that was committed up to its beginning. When it fails the commits still need one. */
  async #follow(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined);
    await nextTurn(); // the next transactions commit meanwhile and share the sync
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
