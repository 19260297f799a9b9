import assert from 'node:assert/strict';
import { join } from 'node:path';
import { migrate } from '../../../lib/state/migrate';
import { migrations } from '../../../lib/state/migrations';
import { longKeys } from '../../../lib/state/migrations/017-long-keys';
import { type Store, statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { longKeysOf } from '../../../lib/state/tables/long-keys';
import { ensureSeries, nextId } from '../../../lib/state/tables/meter-series';
import { cleanScratch, scratchFolder } from './scratch';

const stream = (id: number, run: string, fetched: number) =>
  statement(`
    INSERT INTO usage_stream (id, installation, consumer, run, salt, fetched, delivered, forgotten, epoch, started_at, new_at)
    VALUES (${id}, 'wap1', 'a', '${run}', 1, ${fetched}, 0, 0, 1, 1, 1)`);

describe('a store of the version before keys were bounded', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openSqlite(join(await scratchFolder(), 's'));
    await migrate(store, 5, migrations.slice(0, migrations.indexOf(longKeys)));
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });

  it('knows what may have been sent under a long key: all that is read and metered', async () => {
    await store.transaction(async tx => {
      await tx.change(stream(1, '', 700), {});
      await tx.change(stream(2, 'replay', 90), {});
      const series = await ensureSeries(tx, 'wap1', 'daily');
      await nextId(tx, series);
      await nextId(tx, series);
    });
    await migrate(store, 6);
    const found = await store.transaction(tx => longKeysOf(tx, 'wap1'));
    assert.deepEqual(found, [
      { prefix: 'wap1/meter/daily/', upTo: 2 },
      { prefix: 'wap1/usage/', upTo: 700 },
    ]);
    assert.deepEqual(await store.transaction(tx => longKeysOf(tx, 'wap2')), []);
  });
});
