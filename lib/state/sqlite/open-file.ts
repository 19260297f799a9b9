import { chmod, stat } from 'node:fs/promises';
import { yieldToLoop } from '../../async/event-loop';
import { AdapterError } from '../../errors';
import { type Beside, besideOf } from './beside';
import { applicationId, type FileHeader, readHeader } from './file-marks';
import type { SqliteDatabase } from './module';

/** What was found in a state file before it is opened. */
export interface Inspected {
  header: FileHeader | null;
  /** A crash left a log, which SQLite will apply. */
  hasLog: boolean;
}

/** Enough to tell a process that is writing now from a log that does not fit. */
const mostTries = 3;

/** Examines the file and its logs before SQLite may change any of them. Changes nothing.
 *  @throws STATE_UNAVAILABLE for a file of another program, or a log of another file; the file system's error */
export async function inspect(file: string): Promise<Inspected> {
  for (let tries = 1; ; tries += 1) {
    const header = await readHeader(file);
    if (header?.isSqlite && header.applicationId !== 0 && header.applicationId !== applicationId) throw foreign(file);
    const beside = await besideOf(file, header);
    if (beside.found !== 'strange') return { header, hasLog: beside.found === 'log' };
    // A process that holds the file may have written between the two looks; then opening it will report the lock.
    if (tries === mostTries) throw strange(file, beside);
  }
}

/** Makes the files readable by their owner alone. Answers a warning for each that others could read, with a remedy where they
 *  still can. Windows has no such modes. */
export async function tighten(file: string): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const warnings: string[] = [];
  for (const path of [file, `${file}-wal`]) {
    const mode = (await stat(path).catch(() => null))?.mode ?? 0;
    if ((mode & 0o077) === 0) continue;
    const done = await chmod(path, mode & 0o700).then(
      () => true,
      () => false,
    );
    const what = `${path} could be read or written by other users of this machine`;
    warnings.push(
      done ? `${what}; now only by its owner.` : `${what}: it holds customers' ids and usage. Make it theirs no more.`,
    );
  }
  return warnings;
}

/** Tables that versions without an application id made; no other program's file has both. */
const ofAnOlderVersion = `SELECT id, name, applied_at FROM schema_version LIMIT 0;
  SELECT installation, target, kind, wap_id, billing_id FROM mapping LIMIT 0`;

/** Checks that a file without an application id is from an older version. By `exec`, because a prepared statement would hold
 *  the file.
 *  @throws STATE_UNAVAILABLE when it is not; SQLite's error */
export function refuseForeign(db: SqliteDatabase, file: string, header: FileHeader): void {
  if (header.applicationId === applicationId || header.pages <= 1) return;
  try {
    db.exec(ofAnOlderVersion);
  } catch (error) {
    if (error instanceof Error && /no such (table|column)/i.test(error.message)) throw foreign(file);
    throw error;
  }
}

/** Checks the integrity of what a crash left, table by table, so that the event loop gets its turns.
 *  @throws STATE_UNAVAILABLE when it is damaged; SQLite's error */
export async function checkSound(db: SqliteDatabase, file: string): Promise<void> {
  const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all({});
  for (const table of tables as Array<{ name: string }>) {
    const [row] = db.prepare(`PRAGMA quick_check('${table.name.replaceAll("'", "''")}')`).all({});
    const [verdict] = Object.values(row ?? {});
    if (verdict !== 'ok') throw damaged(file);
    await yieldToLoop();
  }
}

/** STATE_UNAVAILABLE: writing into it would destroy somebody else's data. */
function foreign(file: string): AdapterError {
  return AdapterError.advising(
    'STATE_UNAVAILABLE',
    `${file} is a SQLite file of another program, and stays as it is: choose another file for the state.`,
    { subject: file },
  );
}

/** STATE_UNAVAILABLE: going on would bill from what is left of it. */
function damaged(file: string): AdapterError {
  return AdapterError.advising(
    'STATE_UNAVAILABLE',
    `The state file ${file} is damaged: restore a backup ("npx wap-billing-state restore"), or choose another file.`,
    { subject: file },
  );
}

/** STATE_UNAVAILABLE: SQLite would apply a log that is not the file's, and mix two states. */
function strange(file: string, { path }: Extract<Beside, { found: 'strange' }>): AdapterError {
  return AdapterError.advising(
    'STATE_UNAVAILABLE',
    `${path} does not belong to the state file beside it, as after a backup was put in place of a file that Node-RED had not ` +
      `closed. Nothing was changed. To go on with ${file} as it is, delete ${path}; to go on with what was there before, put ` +
      'that file back.',
    { subject: path },
  );
}
