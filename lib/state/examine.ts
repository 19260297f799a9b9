import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findStoreFile, isOpenHere } from './open';
import { stateError } from './sqlite/errors';
import { loadSqlite, type SqliteDatabase } from './sqlite/module';
import { type Inspected, inspect, refuseForeign } from './sqlite/open-file';

/** Checks that `acquireStore` could use the file at `address`, and answers its path. For *Test connection*: creates and changes
 *  nothing.
 *  @throws as `acquireStore` */
export async function examineStore(address: string, baseFolder: string): Promise<string> {
  const file = await findStoreFile(address, baseFolder);
  // Opening and closing it a second time would release the first one's lock.
  if (isOpenHere(file)) return file;
  const { DatabaseSync } = loadSqlite();
  try {
    const found = await find(file);
    if (found) {
      if (!found.isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' });
      await access(file, constants.R_OK | constants.W_OK);
      const inspected = await inspect(file);
      read(new DatabaseSync(file, { timeout: 0, readOnly: true }), file, inspected);
    } else await access(await nearestFolder(dirname(file)), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw stateError(error, file);
  }
  return file;
}

/** Reads the schema through SQLite itself, because a header that is right says nothing of the pages behind it. Exclusive, so that
 *  an existing log is read without the index file that SQLite would create beside it.
 *  @throws SQLite's error when the file is held or damaged; STATE_UNAVAILABLE for another program's file */
function read(db: SqliteDatabase, file: string, { header, hasLog }: Inspected): void {
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    db.exec('SELECT COUNT(*) FROM sqlite_master');
    if (header) refuseForeign(db, file, header);
  } catch (error) {
    // An empty log left by a kill cannot be read without restarting it; by then it is clear that nobody holds the file.
    if (!header?.isLogged || hasLog || !/disk I\/O error/i.test(String(error))) throw error;
  } finally {
    db.close();
  }
}

/** The deepest existing folder of the path; the others would be created in it. */
async function nearestFolder(folder: string): Promise<string> {
  if (await find(folder)) return folder;
  return dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

/** Null where there is nothing. @throws what the file system says otherwise */
const find = (path: string): Promise<Stats | null> =>
  stat(path).catch(error => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
