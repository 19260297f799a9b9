import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Store, statement, type Tx } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { cleanScratch, fails, StillClock, scratchFolder } from './scratch';

const create = statement('CREATE TABLE t (a BIGINT PRIMARY KEY)');
const add = statement('INSERT INTO t (a) VALUES (:a)');
const removeAll = statement('DELETE FROM t');
const all = statement<{ a: number }>('SELECT a FROM t ORDER BY a');

describe('a transaction in parts', () => {
  let store: Store;
  const rows = async () => (await store.transaction(tx => tx.rows(all))).map(({ a }) => a);
  const undo = async (tx: Tx) => void (await tx.change(removeAll));
  beforeEach(async () => {
    store = await openSqlite(join(await scratchFolder(), 'state.sqlite'), { clock: new StillClock(), logPages: 4 });
    await store.transaction(tx => tx.change(create));
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });

  it('lets nobody in between', async () => {
    const seen: number[][] = [];
    const others: Array<Promise<unknown>> = [];
    const writing = store.transaction(
      async tx => {
        for (let a = 0; a < 20; a++) {
          others.push(store.transaction(async other => seen.push((await other.rows(all)).map(row => row.a))));
          await tx.change(add, { a });
          await tx.part();
        }
      },
      { undo },
    );
    await writing;
    await Promise.all(others);
    assert.deepEqual(new Set(seen.map(each => each.length)), new Set([20]));
  });

  it('is undone before anybody else has a turn', async () => {
    const seen: Array<Promise<number[]>> = [];
    const writing = store.transaction(
      async tx => {
        await tx.change(add, { a: 1 });
        await tx.part();
        seen.push(rows());
        await tx.change(add, { a: 2 });
        throw new Error('a late line');
      },
      { undo },
    );
    await assert.rejects(writing, /^Error: a late line$/);
    assert.deepEqual(await Promise.all(seen), [[]]);
  });

  it('is not undone when it failed before its first part', async () => {
    await store.transaction(tx => tx.change(add, { a: 7 }));
    const writing = store.transaction(
      async tx => {
        await tx.change(add, { a: 1 });
        throw new Error('early');
      },
      { undo },
    );
    await assert.rejects(writing, /early/);
    assert.deepEqual(await rows(), [7]);
  });

  it('keeps everybody out until it is undone', async () => {
    let fail = true;
    const writing = store.transaction(
      async tx => {
        await tx.change(add, { a: 1 });
        await tx.part();
        throw new Error('a late line');
      },
      {
        undo: async tx => {
          if (fail) throw new Error('the disk is full');
          await undo(tx);
        },
      },
    );
    await assert.rejects(writing, /a late line/);
    await assert.rejects(rows(), /the disk is full/);
    fail = false;
    assert.deepEqual(await rows(), []);
    await store.transaction(tx => tx.change(add, { a: 2 }));
    assert.deepEqual(await rows(), [2]);
  });

  it('refuses a statement that comes between two parts', async () => {
    const writing = store.transaction(
      async tx => {
        await tx.change(add, { a: 1 });
        await Promise.all([tx.part(), tx.change(add, { a: 2 })]);
      },
      { undo },
    );
    await assert.rejects(writing, fails('STATE_UNAVAILABLE', /had ended/));
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(await rows(), []);
  });

  it('goes on as one where nothing could undo it', async () => {
    const writing = store.transaction(async tx => {
      await tx.change(add, { a: 1 });
      await tx.part();
      throw new Error('no');
    });
    await assert.rejects(writing, /no/);
    assert.deepEqual(await rows(), []);
  });
});
