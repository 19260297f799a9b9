import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { examineStore } from '../../../lib/state/examine';
import { acquireStore } from '../../../lib/state/open';
import { type Store, statement } from '../../../lib/state/port';
import { loadSqlite } from '../../../lib/state/sqlite/module';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { cleanScratch, fails, scratchFolder } from './scratch';

const create = statement('CREATE TABLE IF NOT EXISTS t (a BIGINT PRIMARY KEY, b TEXT)');
const add = statement('INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT (a) DO UPDATE SET b = :b');
const all = statement<{ a: number }>('SELECT a FROM t ORDER BY a');
const rowsOf = async (store: Store) => (await store.transaction(tx => tx.rows(all))).map(({ a }) => a);
const write = (store: Store, a: number, b = 'x', relaxed = false) =>
  store.transaction(tx => tx.change(add, { a, b }), { relaxed });

describe('the state file', () => {
  let folder: string;
  let file: string;
  const stores: Store[] = [];
  const open = async (path = file, options: Parameters<typeof openSqlite>[1] = {}) => {
    const store = await openSqlite(path, options);
    stores.push(store);
    return store;
  };
  /** A file with row 1, and a copy of it made while it was closed. */
  const backedUp = async () => {
    const store = await open();
    await store.transaction(tx => tx.change(create));
    await write(store, 1);
    await store.close();
    copyFileSync(file, join(folder, 'backup'));
    return join(folder, 'backup');
  };
  /** What a kill of the process would leave now. */
  const killed = (into: string) => {
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${into}${end}`);
    return into;
  };
  beforeEach(async () => {
    folder = await scratchFolder();
    file = join(folder, 'state.sqlite');
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await cleanScratch();
  });

  it('is not a SQLite file of another program, which stays as it is', async () => {
    for (const mode of ['DELETE', 'WAL']) {
      rmSync(file, { force: true });
      const other = new (loadSqlite().DatabaseSync)(file);
      for (const text of [`PRAGMA journal_mode=${mode}`, 'CREATE TABLE songs (title TEXT)']) other.exec(text);
      other.close();
      const before = readFileSync(file);
      await assert.rejects(openSqlite(file), fails('STATE_UNAVAILABLE', /is a SQLite file of another program/));
      if (mode === 'DELETE')
        await assert.rejects(examineStore(file, folder), fails('STATE_UNAVAILABLE', /of another program/));
      assert.deepEqual(readFileSync(file), before);
    }
  });

  it('is one of an older version of this package, too', async () => {
    const other = new (loadSqlite().DatabaseSync)(file);
    other.exec('CREATE TABLE schema_version (id BIGINT, name TEXT, applied_at BIGINT)');
    other.exec('CREATE TABLE mapping (installation TEXT, target TEXT, kind TEXT, wap_id TEXT, billing_id TEXT)');
    other.close();
    const store = await open();
    await store.transaction(tx => tx.change(create));
    await store.close();
    assert.equal(readFileSync(file).toString('latin1', 68, 72), 'WAPb');
    await (await open()).close();
  });

  it('takes no log that is of another state of it, and changes neither', async () => {
    const backup = await backedUp();
    const store = await open(file, { logPages: 8 });
    for (let a = 2; a < 60; a += 1) await write(store, a, 'y'.repeat(3000));
    const mixed = killed(join(folder, 'mixed'));
    copyFileSync(backup, mixed);
    const before = [readFileSync(mixed), readFileSync(`${mixed}-wal`)];
    assert.ok((before[1]?.length ?? 0) > 0);
    await assert.rejects(
      openSqlite(mixed),
      fails('STATE_UNAVAILABLE', /mixed-wal does not belong .* delete .*mixed-wal/),
    );
    await assert.rejects(examineStore(mixed, folder), fails('STATE_UNAVAILABLE', /mixed-wal does not belong/));
    assert.deepEqual([readFileSync(mixed), readFileSync(`${mixed}-wal`)], before);
    rmSync(`${mixed}-wal`);
    assert.deepEqual(await rowsOf(await open(mixed)), [1]);
  });

  it('does not begin anew beside the log of one that was deleted', async () => {
    await backedUp();
    await write(await open(), 2);
    const left = killed(join(folder, 'left'));
    rmSync(left);
    await assert.rejects(openSqlite(left), fails('STATE_UNAVAILABLE', /left-wal does not belong/));
    assert.ok(existsSync(`${left}-wal`));
  });

  it('takes no rollback journal that is of another state of it', async () => {
    const backup = await backedUp();
    const later = readFileSync(backup);
    later.writeInt32BE(77, 60);
    const journal = Buffer.alloc(512 + 4 + 4096 + 4);
    Buffer.from('d9d505f920a163d7', 'hex').copy(journal);
    for (const [at, value] of [
      [8, 1],
      [16, 2],
      [20, 512],
      [24, 4096],
      [512, 1],
    ] as const)
      journal.writeUInt32BE(value, at);
    later.copy(journal, 516, 0, 4096);
    writeFileSync(`${backup}-journal`, journal);
    await assert.rejects(openSqlite(backup), fails('STATE_UNAVAILABLE', /backup-journal does not belong/));
  });

  it('keeps all of what a kill left, wherever the log was', async () => {
    const store = await open(file, { logPages: 8 });
    await store.transaction(tx => tx.change(create));
    for (let a = 1; a < 40; a += 1) {
      await write(store, a, 'y'.repeat(a * 200));
      const left = killed(join(folder, `left-${a}`));
      const again = await openSqlite(left);
      assert.equal((await rowsOf(again)).at(-1), a);
      await again.close();
    }
  });

  it('is fit to be opened for Test connection where a kill left an empty log', async () => {
    await backedUp();
    const db = new (loadSqlite().DatabaseSync)(file);
    db.exec('PRAGMA journal_mode=WAL');
    db.close();
    writeFileSync(`${file}-wal`, '');
    assert.equal(await examineStore(file, folder), file);
  });

  it('is checked when there is a log, and told to be damaged', async () => {
    const store = await open();
    await store.transaction(tx => tx.change(create));
    for (let a = 1; a < 200; a += 1) await write(store, a, 'y'.repeat(3000));
    await store.close();
    await write(await open(), 1000);
    const left = killed(join(folder, 'left'));
    const bytes = readFileSync(left);
    bytes.fill(0xee, 4096 * 10, 4096 * 12);
    writeFileSync(left, bytes);
    await assert.rejects(openSqlite(left), fails('STATE_UNAVAILABLE', /is damaged.*restore a backup/));
  });

  for (const [what, act] of [
    ['deleted', () => rmSync(file)],
    ['moved', () => renameSync(file, `${file}-moved`)],
    ['replaced', () => copyFileSync(`${file}-spare`, file)],
    ['without its log', () => rmSync(`${file}-wal`)],
  ] as const)
    it(`is ${what} while it is open: nothing is acknowledged any more`, async () => {
      await backedUp();
      const store = await open();
      if (what === 'replaced') {
        renameSync(file, `${file}-old`);
        copyFileSync(`${file}-old`, `${file}-spare`);
      }
      act();
      const word = what === 'replaced' ? /replaced/ : /deleted or moved/;
      await assert.rejects(write(store, 2), fails('STATE_UNAVAILABLE', word));
      await assert.rejects(write(store, 3, 'x', true), fails('STATE_UNAVAILABLE', word));
      await assert.rejects(rowsOf(store), fails('STATE_UNAVAILABLE', word));
    });

  it('acknowledges nothing that was committed just before it was deleted', async () => {
    await backedUp();
    const store = await open();
    const written = store.transaction(async tx => {
      await tx.change(add, { a: 2, b: 'x' });
      setImmediate(() => rmSync(file)); // committed by then, and not yet on the disk
    });
    await assert.rejects(written, fails('STATE_UNAVAILABLE', /deleted or moved/));
  });

  it('works again when it is back, and leaves what took its place alone', async () => {
    const backup = await backedUp();
    const store = await open();
    for (const end of ['', '-wal']) renameSync(`${file}${end}`, `${file}-moved${end}`);
    await assert.rejects(write(store, 2), fails('STATE_UNAVAILABLE', /deleted or moved/));
    for (const end of ['', '-wal']) renameSync(`${file}-moved${end}`, `${file}${end}`);
    await write(store, 3);
    for (const end of ['', '-wal']) renameSync(`${file}${end}`, `${file}-moved${end}`);
    copyFileSync(backup, file);
    writeFileSync(`${file}-wal`, 'of the other');
    await assert.rejects(write(store, 4), fails('STATE_UNAVAILABLE', /replaced/));
    await store.close();
    assert.equal(readFileSync(`${file}-wal`, 'utf8'), 'of the other');
    assert.deepEqual(readFileSync(file), readFileSync(backup));
  });

  it('has a log that ends near its own length, or 1 MiB', async () => {
    const store = await open();
    await store.transaction(tx => tx.change(create));
    let longest = 0;
    for (let a = 1; a < 6000; a += 1) {
      await write(store, a % 100, 'y'.repeat(3000), true);
      longest = Math.max(longest, statSync(`${file}-wal`).size);
    }
    assert.ok(longest > 1_000_000 && longest < 2_200_000, `${longest} bytes`);
    assert.ok(statSync(file).size < 1_000_000);
  });

  it('is taken away from other users of the machine where files have modes (not on Windows), which is told', async function () {
    if (process.platform === 'win32') return this.skip();
    await backedUp();
    await chmod(file, 0o644);
    const told: string[] = [];
    await open(file, { warn: text => told.push(text) });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(
      told.join(),
      /state\.sqlite could be read or written by other users of this machine; now only by its owner\./,
    );
  });

  for (const path of [
    'C:\\billing\\state.sqlite',
    'd:state.sqlite',
    '\\\\server\\share\\state.sqlite',
    '//server/share/s',
  ]) {
    it(`is not at ${path} on a system without drives`, async function () {
      if (process.platform === 'win32') return this.skip();
      await assert.rejects(acquireStore(path, dirname(file)), fails('INPUT_INVALID', /a path of Windows/));
    });
  }
});
