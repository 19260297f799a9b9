import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AdapterError } from '../../errors';
import { statement } from '../port';
import { besideOf } from './beside';
import { stateError } from './errors';
import { readHeader } from './file-marks';
import { loadSqlite } from './module';
import { openSqlite } from './store';

/** Suffixes of a state file and its logs. */
const ends = ['', '-wal', '-journal'];
/** Every row and every index, unlike the quicker check of what a crash left. */
const integrity = statement<{ integrity_check: string }>('PRAGMA integrity_check');

/** Checks that a file is an intact state file that nobody has open. A log left by a crash is applied.
 *  @throws STATE_LOCKED, STATE_UNAVAILABLE */
export async function checkState(file: string): Promise<void> {
  if (!(await readHeader(file).catch(error => Promise.reject(stateError(error, file))))) throw missing(file);
  const store = await openSqlite(file);
  try {
    const [row] = await store.transaction(tx => tx.rows(integrity), { relaxed: true });
    if (row?.integrity_check === 'ok') return;
    throw new AdapterError(
      'STATE_UNAVAILABLE',
      `${file} is damaged: ${row?.integrity_check ?? 'it cannot be checked'}.`,
      {
        subject: file,
      },
    );
  } finally {
    await store.close();
  }
}

/** Replaces a state file by a copy of a backup, once the copy proved intact. The old file and its log are kept beside it under
 *  another name, which is answered.
 *  @throws STATE_LOCKED while Node-RED has the file open; STATE_UNAVAILABLE for an unusable backup. Nothing is changed then. */
export async function restoreState(backup: string, file: string, now: Date): Promise<string[]> {
  const copy = join(dirname(file), `.${basename(file)}.restoring`);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (!(await readHeader(backup))) throw missing(backup);
    for (const end of ends) await copyIfThere(`${backup}${end}`, `${copy}${end}`);
    await checkState(copy);
    await refuseInUse(file);
    const kept = await moveAside(file, now);
    await rename(copy, file);
    return kept;
  } catch (error) {
    throw stateError(error, file);
  } finally {
    for (const end of ends) await rm(`${copy}${end}`, { force: true });
  }
}

/** Whether somebody has the file open; only SQLite can tell. A file that does not fit its log cannot be open. */
async function refuseInUse(file: string): Promise<void> {
  const header = await readHeader(file);
  if (!header?.isSqlite || (await besideOf(file, header)).found === 'strange') return;
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec('BEGIN IMMEDIATE');
    db.exec('ROLLBACK');
  } catch (error) {
    if (/locked|busy/i.test(String(error))) throw error;
    // Damaged, which is the reason to replace it.
  } finally {
    db.close();
  }
}

/** Replaces what an earlier restore left under the name: its log must not be applied to this copy. */
async function copyIfThere(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  if (await stat(from).catch(() => null)) await copyFile(from, to);
}

/** Renames a state file together with its logs, so that it can be put back whole. Answers the new paths. */
async function moveAside(file: string, now: Date): Promise<string[]> {
  const name = `${file}.before-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const kept: string[] = [];
  for (const end of ends) {
    if (!(await stat(`${file}${end}`).catch(() => null))) continue;
    await rename(`${file}${end}`, `${name}${end}`);
    kept.push(`${name}${end}`);
  }
  return kept;
}

function missing(file: string): AdapterError {
  return AdapterError.advising('STATE_UNAVAILABLE', `There is no state in ${file}: give the path of a state file.`, {
    subject: file,
  });
}
