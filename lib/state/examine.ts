import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findStoreFile, isOpenHere } from './open';
import { stateError } from './sqlite/errors';
import { loadSqlite, type SqliteDatabase } from './sqlite/module';
import { type Inspected, inspect, refuseForeign } from './sqlite/open-file';

/** The file that `acquireStore` would use, once it is clear that it could: for Test connection, so no file or folder is made
 *  and none is changed.
 *  @throws as `acquireStore` */
export async function examineStore(address: string, baseFolder: string): Promise<string> {
  const file = await findStoreFile(address, baseFolder);
  // Opening and closing it a second time would take the first one's lock away.
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

/** Exclusive, so that a log which is there is read without the index beside it that SQLite would make. */
function read(db: SqliteDatabase, file: string, { header, hasLog }: Inspected): void {
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE');
    db.exec('SELECT COUNT(*) FROM sqlite_master');
    if (header) refuseForeign(db, file, header);
  } catch (error) {
    // A log that a kill left empty cannot be read without being begun anew; that nobody has the file is clear by then.
    if (!header?.isLogged || hasLog || !/disk I\/O error/i.test(String(error))) throw error;
  } finally {
    db.close();
  }
}

/** The lowest folder on the way that is there; the others would be made in it. */
async function nearestFolder(folder: string): Promise<string> {
  if (await find(folder)) return folder;
  return dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

const find = (path: string): Promise<Stats | null> =>
  stat(path).catch(error => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
