import assert from 'node:assert/strict';
import { join } from 'node:path';
import { migrate } from '../../../lib/state/migrate';
import { migrations } from '../../../lib/state/migrations';
import type { Migration } from '../../../lib/state/migrations/migration';
import { type Store, statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { cleanScratch, fails, scratchFolder } from './scratch';

const versions = statement<{ id: number }>('SELECT id FROM schema_version ORDER BY id');
const versionsOf = async (store: Store) => (await store.transaction(tx => tx.rows(versions))).map(row => row.id);
const tables = statement<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`);
const tablesOf = async (store: Store) => (await store.transaction(tx => tx.rows(tables))).map(row => row.name);

describe('migrating a store', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openSqlite(join(await scratchFolder(), 's'));
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });

  it('numbers its steps 1, 2, 3 without gaps', () => {
    assert.deepEqual(
      migrations.map(step => step.id),
      migrations.map((_, index) => index + 1),
    );
  });

  it('makes every table in an empty store, and nothing at the second time', async () => {
    await migrate(store, 5);
    const made = await tablesOf(store);
    for (const table of ['batch', 'cursor', 'delivery', 'entity', 'inbox', 'mapping', 'mapping_history', 'quarantine'])
      assert.equal(made.includes(table), true, table);
    await migrate(store, 6);
    assert.deepEqual(
      await versionsOf(store),
      migrations.map(step => step.id),
    );
  });

  for (const { id: older } of migrations) {
    it(`takes a store of version ${older} to the newest and keeps its mapping`, async () => {
      await migrate(store, 5, migrations.slice(0, older));
      const add = statement(`INSERT INTO mapping (installation, target, kind, wap_id, billing_id, search_text,
        created_at, updated_at) VALUES ('i', 't', 'plan', 'gold', 'g-1', 'gold', 1, 1)`);
      await store.transaction(tx => tx.change(add));
      await migrate(store, 6);
      const kept = statement<{ billing_id: string }>('SELECT billing_id FROM mapping');
      assert.equal((await store.transaction(tx => tx.rows(kept)))[0]?.billing_id, 'g-1');
      assert.equal((await versionsOf(store)).at(-1), migrations.length);
    });
  }

  it('refuses a store of a newer version and leaves it as it is', async () => {
    const newer: Migration = { id: migrations.length + 1, name: 'later', up: ['CREATE TABLE later (a BIGINT)'] };
    await migrate(store, 5, [...migrations, newer]);
    const before = await tablesOf(store);
    await assert.rejects(migrate(store, 6), fails('STATE_NEWER', /install the newer version of this package again/));
    assert.deepEqual(await tablesOf(store), before);
  });

  it('changes nothing when one step fails', async () => {
    const bad: Migration[] = [
      { id: 1, name: 'good', up: ['CREATE TABLE good (a BIGINT)'] },
      { id: 2, name: 'bad', up: ['CREATE TABLE good (a BIGINT)'] },
    ];
    await assert.rejects(migrate(store, 5, bad), fails('STATE_UNAVAILABLE', /already exists/));
    assert.deepEqual(await tablesOf(store), []);
  });
});
