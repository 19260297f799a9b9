import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../async/clock';
import { AdapterError } from '../errors';
import { migrate } from './migrate';
import type { Store } from './port';
import { stateError } from './sqlite/errors';
import { openSqlite } from './sqlite/store';
import { undoImports } from './tables/mapping-undo';

/** The state file in the base folder when no address is given. */
export const defaultStateFile = 'wap-billing.sqlite';

/** One user's share of an open store. */
export interface AcquiredStore {
  store: Store;
  /** Returns the handle; the file is closed with its last user. Safe to repeat. */
  release(): Promise<void>;
}

/** An open file, or one that is being opened, and how many have a share of it. */
interface Handle {
  users: number;
  store: Promise<Store>;
}

/** One handle per file and process, by real path, whatever redeploys come and go. */
const handles = new Map<string, Handle>();
/** Files being closed: a redeploy that opens one again waits, or it would run into its own lock. */
const closing = new Map<string, Promise<void>>();

/** The store at `address`: a file path (relative to `baseFolder`); empty means `defaultStateFile`. Opened and migrated
 *  on first use, shared after that.
 *  @throws INPUT_INVALID for an address of another kind; STATE_LOCKED, STATE_UNAVAILABLE, STATE_NEWER. */
export async function acquireStore(
  address: string,
  baseFolder: string,
  clock: Clock = systemClock,
  warn?: (text: string) => void,
): Promise<AcquiredStore> {
  const file = await realFile(filePath(address, baseFolder));
  while (closing.has(file)) await closing.get(file);
  let handle = handles.get(file);
  if (!handle) {
    handle = { users: 0, store: openMigrated(file, clock, warn) };
    handles.set(file, handle);
  }
  // Counted before the store is open: a second user that comes meanwhile shares the opening, and one that leaves does not end it.
  const held = handle;
  held.users++;
  let given: Promise<void> | undefined;
  // A second release of the same share must not count for another user, whose file would be closed under it.
  const release = () => {
    given ??= letGo(file, held);
    return given;
  };
  try {
    return { store: await held.store, release };
  } catch (error) {
    // An opening that failed must not stay in `handles`: the next user tries again, perhaps after the cause was remedied.
    await release();
    throw error;
  }
}

/** Opens the file and brings it up to date before anybody sees it. When that fails the file is closed again, so that its lock
 *  does not outlive the failure. */
async function openMigrated(file: string, clock: Clock, warn: ((text: string) => void) | undefined): Promise<Store> {
  const store = await openSqlite(file, { clock, ...(warn ? { warn } : {}) });
  try {
    await migrate(store, clock.now());
    await store.transaction(undoImports, { undo: undoImports }); // imports that a crash interrupted
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Takes one user off and closes the file after the last one. `closing` holds it until then. */
async function letGo(file: string, handle: Handle): Promise<void> {
  handle.users--;
  if (handle.users > 0) return;
  if (handles.get(file) === handle) handles.delete(file);
  const closed = handle.store.then(
    store => store.close(),
    () => undefined,
  );
  const done = closed.finally(() => {
    if (closing.get(file) === done) closing.delete(file);
  });
  closing.set(file, done);
  await done;
}

/** An absolute path; nothing is created. On Linux SQLite would take `postgres://…` or `C:\…` for the name of a new file and open an
 *  empty store, as if all state were lost, so such addresses are refused.
 *  @throws INPUT_INVALID */
function filePath(address: string, baseFolder: string): string {
  const text = address.trim();
  if (/^postgres(ql)?:\/\//i.test(text)) {
    throw AdapterError.advising(
      'INPUT_INVALID',
      'address: this version keeps its state in a SQLite file; give a file path instead of a postgres:// address.',
      { subject: 'address' },
    );
  }
  // A drive letter is one letter, so a longer word before a colon is a scheme.
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) || text.startsWith(':') || text.includes('\0')) {
    throw AdapterError.advising('INPUT_INVALID', 'address: give the path of a file, such as wap-billing.sqlite.', {
      subject: 'address',
    });
  }
  if (process.platform !== 'win32' && /^([a-z]:|\\\\|\/\/)/i.test(text)) {
    throw AdapterError.advising(
      'INPUT_INVALID',
      'address: this is a path of Windows, and this machine has none: it would become a file with an odd name in the user ' +
        'directory. Give a path of this machine.',
      { subject: 'address' },
    );
  }
  return resolve(baseFolder, text === '' ? defaultStateFile : text);
}

/** The path by which the handle is shared; its folder is created, because a real path needs one.
 *  @throws STATE_UNAVAILABLE when the folder cannot be made */
async function realFile(file: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await realName(file);
  } catch (error) {
    throw stateError(error, file);
  }
}

/** Two spellings of one file (a link, `..`) must share one handle. */
async function realName(file: string): Promise<string> {
  const folder = await realpath(dirname(file));
  return realpath(join(folder, basename(file))).catch(() => join(folder, basename(file)));
}

/** Which file an address means; nothing is made. @throws INPUT_INVALID for an address of another kind */
export async function findStoreFile(address: string, baseFolder: string): Promise<string> {
  const file = filePath(address, baseFolder);
  return realName(file).catch(() => file); // its folder does not exist yet
}

/** Whether somebody in this process uses the file. */
export const isOpenHere = (file: string): boolean => handles.has(file) || closing.has(file);
