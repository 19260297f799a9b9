import type { Migration } from './migration';

/** One billing id for one WAP id and the other way round, of each kind, for each pair of installation and target.
 *  `search_text` is folded by us, because the databases fold case differently. */
export const mapping: Migration = {
  id: 1,
  name: 'mapping',
  up: [
    `CREATE TABLE mapping (
      installation TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL,
      wap_id TEXT NOT NULL, billing_id TEXT NOT NULL, name TEXT, note TEXT, search_text TEXT NOT NULL,
      created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
      PRIMARY KEY (installation, target, kind, wap_id))`,
    'CREATE UNIQUE INDEX mapping_billing ON mapping (installation, target, kind, billing_id)',
    `CREATE TABLE mapping_history (
      installation TEXT NOT NULL, target TEXT NOT NULL, seq BIGINT NOT NULL,
      kind TEXT NOT NULL, wap_id TEXT NOT NULL, changed_by TEXT NOT NULL, changed_at BIGINT NOT NULL,
      before_json TEXT, after_json TEXT,
      PRIMARY KEY (installation, target, seq))`,
    'CREATE INDEX mapping_history_entry ON mapping_history (installation, target, kind, wap_id, seq)',
  ],
};
