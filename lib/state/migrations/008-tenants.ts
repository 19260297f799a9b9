import type { Migration } from './migration';

/** What events said about each subscription, so that their order and repeats do not matter; and a place where a
 *  reconciliation lays what it read side by side, emptied at its end. */
export const tenants: Migration = {
  id: 8,
  name: 'tenants',
  up: [
    `CREATE TABLE tenant_facts (
      installation TEXT NOT NULL, subscription_id TEXT NOT NULL, body TEXT NOT NULL, updated_at BIGINT NOT NULL,
      PRIMARY KEY (installation, subscription_id))`,
    `CREATE TABLE reconcile_row (
      installation TEXT NOT NULL, target TEXT NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
      remote_id TEXT, name TEXT, state TEXT NOT NULL, offer TEXT, created_at BIGINT,
      PRIMARY KEY (installation, target, side, kind, id))`,
    `CREATE INDEX reconcile_row_remote ON reconcile_row (installation, target, side, kind, remote_id)
      WHERE remote_id IS NOT NULL`,
  ],
};
