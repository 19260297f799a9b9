import { AdapterError } from '../errors';
import { migrations as ours } from './migrations';
import type { Migration } from './migrations/migration';
import { type Store, statement, type Tx } from './port';

/** The one table that no migration creates: its newest row is the number of the last migration that was applied. */
const createVersions = statement(`
  CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`);
const readVersion = statement<{ id: number | null }>('SELECT MAX(id) AS id FROM schema_version');
const addVersion = statement('INSERT INTO schema_version (id, name, applied_at) VALUES (:id, :name, :now)');

/** Brings the store to the newest schema, all steps in one transaction. Safe to repeat.
 *  @throws STATE_NEWER when a newer version of this package wrote the store; nothing is changed then. */
export async function migrate(store: Store, now: number, migrations: readonly Migration[] = ours): Promise<void> {
  await store.transaction(async tx => {
    await tx.change(createVersions);
    const at = (await tx.rows(readVersion))[0]?.id ?? 0;
    const newest = migrations.at(-1)?.id ?? 0;
    if (at > newest) {
      throw AdapterError.advising(
        'STATE_NEWER',
        `The state in ${store.name} has schema ${at}, this version knows up to ${newest}: install the newer version ` +
          'of this package again, or choose another state file.',
        { subject: store.name },
      );
    }
    for (const migration of migrations) if (migration.id > at) await apply(tx, migration, now);
  });
}

/** One step with its version row. Both are in the transaction of `migrate`: a crash between two steps would otherwise leave a
 *  schema that no version of this package knows. */
async function apply(tx: Tx, migration: Migration, now: number): Promise<void> {
  for (const text of migration.up) await tx.change(statement(text));
  await migration.fill?.(tx);
  await tx.change(addVersion, { id: migration.id, name: migration.name, now });
}
