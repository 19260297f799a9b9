import { type BigIntStats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AdapterError } from '../../errors';

/** An open file that knows whether its path still leads to it. POSIX lets others move or delete an open file, and writes to it
 *  go on without an error: they would be lost with the last handle. */
export class HeldFile {
  readonly #own: BigIntStats;
  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
    own: BigIntStats,
  ) {
    this.#own = own;
  }

  /** @throws what the file system says */
  static async open(path: string): Promise<HeldFile> {
    const handle = await open(path, 'r+');
    return new HeldFile(path, handle, await handle.stat({ bigint: true }));
  }

  /** Its length in bytes. Synchronous, because a look at the path takes only microseconds.
   *  @throws STATE_UNAVAILABLE when the path leads nowhere, or to another file */
  look(): number {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (found && found.ino === this.#own.ino && found.dev === this.#own.dev) return Number(found.size);
    throw AdapterError.advising(
      'STATE_UNAVAILABLE',
      `${this.path} was ${found ? 'replaced' : 'deleted or moved'} while it was open: what is written now would be lost, so ` +
        'nothing is. Stop Node-RED, put the file in its place or restore a backup, then start it again.',
      { subject: this.path },
    );
  }
}
