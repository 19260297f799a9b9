import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Store, statement, type Tx } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { losingFirstCommit, runningTwice } from './rerun-store';
import { cleanScratch, scratchFolder } from './scratch';

describe('a transaction that is run again', () => {
  const add = statement('INSERT INTO seen (id) VALUES (:id)');
  const count = statement<{ total: number }>('SELECT COUNT(*) AS total FROM seen');
  let plain: Store;
  const rows = async () => (await plain.transaction(tx => tx.rows(count)))[0]?.total;

  beforeEach(async () => {
    plain = await openSqlite(join(await scratchFolder(), 's'));
    await plain.transaction(tx => tx.change(statement('CREATE TABLE seen (id BIGINT PRIMARY KEY)')));
  });
  afterEach(async () => {
    await plain.close();
    await cleanScratch();
  });

  const ways: Array<[string, (store: Store) => Store]> = [
    ['in one turn', runningTwice],
    ['after a commit that failed', losingFirstCommit],
  ];
  for (const [name, wrap] of ways) {
    for (const options of [{}, { relaxed: true }, { undo: async (tx: Tx) => void (await tx.change(forget)) }]) {
      it(`${name} leaves the rows of its last run alone (${Object.keys(options)[0] ?? 'plain'})`, async () => {
        let runs = 0;
        const result = await wrap(plain).transaction(async tx => {
          runs += 1;
          await tx.change(add, { id: 1 });
          await tx.part();
          await tx.change(add, { id: 2 });
          return runs;
        }, options);
        assert.deepEqual([result, runs], [2, 2]);
        assert.equal(await rows(), 2);
      });
    }

    it(`${name} fails as its body does, and leaves nothing`, async () => {
      const failing = wrap(plain).transaction(async tx => {
        await tx.change(add, { id: 1 });
        throw new Error('no');
      });
      await assert.rejects(failing, /^Error: no$/);
      assert.equal(await rows(), 0);
    });
  }

  it('shows a body that fails only when it is run first, and one that fails only when it is run again', async () => {
    for (const failing of [1, 2]) {
      let runs = 0;
      const work = async () => {
        runs += 1;
        if (runs === failing) throw new Error('no');
      };
      await assert.rejects(runningTwice(plain).transaction(work), /^Error: no$/);
    }
  });
});

const forget = statement('DELETE FROM seen');
