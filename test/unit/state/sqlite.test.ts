import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Store, statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { cleanScratch, fails, StillClock, scratchFolder } from './scratch';

const create = statement('CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT)');
const add = statement('INSERT INTO t (a, b) VALUES (:a, :b)');
const all = statement<{ a: number; b: string | null }>('SELECT a, b FROM t ORDER BY a');

const rowsOf = async (store: Store) => (await store.transaction(tx => tx.rows(all))).map(row => ({ ...row }));
const child = (file: string, what: string) =>
  [process.execPath, ['--require', 'tsx/cjs', join(__dirname, 'child-writer.ts'), file, what]] as const;

describe('SQLite store', () => {
  const clock = new StillClock();
  let file: string;
  let store: Store;
  beforeEach(async () => {
    file = join(await scratchFolder(), 'new folder', 'state.sqlite');
    store = await openSqlite(file, { clock, idleLimitMs: 1000 });
    await store.transaction(tx => tx.change(create));
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });

  it('keeps what a transaction wrote over a close', async () => {
    await store.transaction(tx => tx.change(add, { a: 1, b: 'one' }));
    await store.close();
    store = await openSqlite(file);
    assert.deepEqual(await rowsOf(store), [{ a: 1, b: 'one' }]);
  });

  it('keeps nothing of a transaction that rejects', async () => {
    const work = store.transaction(async tx => {
      await tx.change(add, { a: 1, b: 'one' });
      throw new Error('no');
    });
    await assert.rejects(work, /^Error: no$/);
    assert.deepEqual(await rowsOf(store), []);
  });

  it('runs transactions one after another, whatever they wait for', async () => {
    const order: string[] = [];
    const one = (name: string) =>
      store.transaction(async tx => {
        order.push(`${name} begins`);
        await tx.rows(all);
        await new Promise(resolve => setImmediate(resolve));
        order.push(`${name} ends`);
      });
    await Promise.all([one('a'), one('b')]);
    assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('answers the number of rows changed and the rows returned', async () => {
    const returning = statement<{ a: number }>('INSERT INTO t (a) VALUES (:a) ON CONFLICT DO NOTHING RETURNING a');
    const [first, second] = await store.transaction(async tx => [
      await tx.rows(returning, { a: 1 }),
      await tx.rows(returning, { a: 1 }),
    ]);
    assert.equal(first?.[0]?.a, 1);
    assert.deepEqual(second, []);
    assert.equal(await store.transaction(tx => tx.change(statement('DELETE FROM t'))), 1);
  });

  it('rolls back a transaction that waits for one inside it', async () => {
    const began = new Promise<void>(begin => {
      result = store.transaction(async tx => {
        await tx.change(add, { a: 1, b: null });
        begin();
        await store.transaction(inner => inner.change(add, { a: 2, b: null }));
      });
      result.catch(() => undefined);
    });
    await began;
    clock.advance(1000);
    await assert.rejects(result, fails('STATE_UNAVAILABLE', /one inside it/));
    assert.deepEqual(
      (await rowsOf(store)).map(({ a }) => a),
      [2],
    );
  });

  it('refuses a statement after the end of its transaction', async () => {
    const tx = await store.transaction(async open => open);
    await assert.rejects(tx.rows(all), fails('STATE_UNAVAILABLE', /had ended/));
  });

  it('rolls back a transaction that waits for something else for too long', async () => {
    const began = new Promise<void>(begin => {
      const stuck = store.transaction(async tx => {
        await tx.change(add, { a: 1, b: null });
        begin();
        await new Promise(() => undefined);
      });
      stuck.catch(() => undefined);
      result = stuck;
    });
    await began;
    clock.advance(1000);
    await assert.rejects(result, fails('STATE_UNAVAILABLE', /did nothing for 1000 ms/));
    assert.deepEqual(await rowsOf(store), []);
  });
  let result: Promise<unknown>;

  it('names a broken rule as STATE_CONFLICT', async () => {
    const twice = store.transaction(async tx => {
      await tx.change(add, { a: 1, b: null });
      await tx.change(add, { a: 1, b: null });
    });
    await assert.rejects(twice, fails('STATE_CONFLICT', /state\.sqlite has a rule/));
  });

  it('says so when the disk is full, and works on when there is room', async () => {
    const limit = (pages: number) => store.transaction(tx => tx.rows(statement(`PRAGMA max_page_count=${pages}`)));
    await limit(5);
    const large = store.transaction(tx => tx.change(add, { a: 1, b: 'x'.repeat(100_000) }));
    await assert.rejects(large, fails('STATE_UNAVAILABLE', /disk is full: make room/));
    await limit(1_000_000);
    await store.transaction(tx => tx.change(add, { a: 2, b: null }));
    assert.deepEqual(await rowsOf(store), [{ a: 2, b: null }]);
  });

  it('refuses a transaction after close', async () => {
    await store.close();
    await assert.rejects(rowsOf(store), fails('STATE_UNAVAILABLE', /is closed/));
  });

  it('finishes what was asked for before close', async () => {
    const write = store.transaction(tx => tx.change(add, { a: 1, b: null }));
    await Promise.all([store.close(), write]);
    store = await openSqlite(file);
    assert.deepEqual(await rowsOf(store), [{ a: 1, b: null }]);
  });

  it('makes the file and its folder for their owner alone', async () => {
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700);
    assert.equal((await stat(`${file}-wal`)).mode & 0o777, 0o600);
  });

  it('refuses a file that is no state file', async () => {
    const other = join(await scratchFolder(), 'notes.txt');
    await writeFile(other, 'not a database, but long enough to be looked at. '.repeat(50));
    await assert.rejects(openSqlite(other), fails('STATE_UNAVAILABLE', /notes\.txt is damaged or not a state file/));
  });

  it('refuses a folder in place of a file', async () => {
    const folder = join(await scratchFolder(), 'state');
    await mkdir(folder);
    await assert.rejects(openSqlite(folder), fails('STATE_UNAVAILABLE', /cannot be opened/));
  });

  it('refuses a second process while the first has the file, and no longer', async () => {
    const [node, args] = child(file, 'tell');
    const { stdout, stderr } = await promisify(execFile)(node, args);
    const { code, message } = JSON.parse(stdout) as { code: string; message: string };
    assert.equal(code, 'STATE_LOCKED');
    assert.match(message, /state\.sqlite is used by another process: stop the other/);
    assert.equal(stderr, '');
    await store.close();
    assert.equal((await promisify(execFile)(node, args)).stdout, 'opened\n');
  });

  it('keeps every committed row, and nothing else, when the process is killed', async () => {
    const killed = join(await scratchFolder(), 'killed.sqlite');
    const writer = spawn(...child(killed, 'write'), { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(writer.stdout, 'data');
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const after = await openSqlite(killed);
    const count = statement<{ n: number; last: number }>('SELECT COUNT(*) AS n, MAX(a) AS last FROM t');
    const check = statement<{ integrity_check: string }>('PRAGMA integrity_check');
    const [rows, sound] = await after.transaction(async tx => [await tx.rows(count), await tx.rows(check)]);
    await after.close();
    assert.deepEqual({ ...rows[0] }, { n: 20, last: 20 });
    assert.equal(sound[0]?.integrity_check, 'ok');
  });

  it('keeps every committed row wherever it is killed, also in a checkpoint', async () => {
    const killed = join(await scratchFolder(), 'killed.sqlite');
    let told = 0;
    for (const rows of [3, 40, 150, 400, 77]) {
      const writer = spawn(...child(killed, 'go on'), { stdio: ['ignore', 'pipe', 'inherit'] });
      const until = told + rows;
      for await (const chunk of writer.stdout) {
        told = Number(String(chunk).trimEnd().split('\n').at(-1));
        if (told >= until) writer.kill('SIGKILL');
      }
      const after = await openSqlite(killed);
      const count = statement<{ n: number; last: number }>('SELECT COUNT(*) AS n, MAX(a) AS last FROM t');
      const check = statement<{ integrity_check: string }>('PRAGMA integrity_check');
      const [found, sound] = await after.transaction(async tx => [await tx.rows(count), await tx.rows(check)]);
      await after.close();
      assert.equal(sound[0]?.integrity_check, 'ok');
      const { n = 0, last = 0 } = found[0] ?? {};
      assert.ok(n === last && last >= told, `${told} rows were told, ${n} are there, up to ${last}`);
      told = last;
    }
  });
});
