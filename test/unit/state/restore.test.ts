import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Store, statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { stateCommand } from '../../../lib/state/state-command';
import { cleanScratch, scratchFolder } from './scratch';

const now = new Date('2026-03-01T10:20:30.456Z');
const add = statement('INSERT INTO t (a) VALUES (:a)');
const all = statement<{ a: number }>('SELECT a FROM t ORDER BY a');

describe('the command that restores a backup', () => {
  let folder: string;
  let file: string;
  let backup: string;
  let store: Store;
  const run = async (...args: string[]) => {
    const told: string[] = [];
    const code = await stateCommand(args, text => told.push(text), now);
    return { code, text: told.join('\n') };
  };
  const rows = async () => {
    const opened = await openSqlite(file);
    const found = await opened.transaction(tx => tx.rows(all));
    await opened.close();
    return found.map(({ a }) => a);
  };
  const write = (a: number) => store.transaction(tx => tx.change(add, { a }));
  /** A state that goes on after its backup, and what a kill leaves of it. */
  beforeEach(async () => {
    folder = await scratchFolder();
    const running = join(folder, 'running');
    file = join(folder, 'state.sqlite');
    backup = join(folder, 'backup.sqlite');
    store = await openSqlite(running, { logPages: 8 });
    await store.transaction(tx => tx.change(statement('CREATE TABLE t (a BIGINT)')));
    await write(1);
    await store.close();
    copyFileSync(running, backup);
    store = await openSqlite(running, { logPages: 8 });
    for (let a = 2; a < 40; a += 1) await write(a);
    for (const end of ['', '-wal']) copyFileSync(`${running}${end}`, `${file}${end}`);
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });

  it('puts it in the place of what a kill left, which is kept with its log', async () => {
    const left = readFileSync(file);
    const { code, text } = await run('restore', backup, file);
    assert.equal(code, 0, text);
    assert.match(text, /is the backup now\. What was there is kept: .*state\.sqlite\.before-20260301T102030Z/);
    assert.deepEqual(await rows(), [1]);
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.ok(existsSync(`${file}.before-20260301T102030Z`));
    // SQLite may have brought the log into it while it asked whether somebody has the file.
    assert.ok(readFileSync(`${file}.before-20260301T102030Z`).length >= left.length);
    assert.deepEqual(
      readdirSync(folder).filter(name => name.includes('restoring')),
      [],
    );
  });

  it('takes a backup that was copied together with its log, and a file that is damaged or not there', async () => {
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${backup}2${end}`);
    writeFileSync(file, 'damaged');
    assert.equal((await run('restore', `${backup}2`, file)).code, 0);
    assert.equal((await rows()).length, 39);
    const other = join(folder, 'new', 'state.sqlite');
    assert.equal((await run('restore', backup, other)).code, 0);
    assert.equal((await run('check', other)).text, `${other} is whole.`);
  });

  it('changes nothing while the file is open, or when the backup cannot be used', async () => {
    const before = readFileSync(file);
    const running = join(folder, 'running');
    assert.match((await run('restore', backup, running)).text, /is used by another process/);
    writeFileSync(join(folder, 'notes'), 'no state at all, but long enough to be looked at'.repeat(30));
    for (const bad of ['notes', 'nothing']) {
      const { code, text } = await run('restore', join(folder, bad), file);
      assert.deepEqual([code, /damaged|no state/.test(text)], [1, true], text);
    }
    copyFileSync(`${file}-wal`, `${backup}-wal`);
    assert.match((await run('restore', backup, file)).text, /-wal does not belong/);
    assert.deepEqual(readFileSync(file), before);
    assert.ok(existsSync(`${file}-wal`));
  });

  it('says how it is used', async () => {
    assert.deepEqual([(await run('restore', backup)).code, (await run('--help')).code], [2, 0]);
    assert.match((await run()).text, /wap-billing-state restore <backup> <file>/);
  });
});
