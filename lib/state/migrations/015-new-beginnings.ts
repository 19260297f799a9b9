import type { Migration } from './migration';

/** When WAP's database was restored its ids come a second time: from which id on they are counted as others. */
export const newBeginnings: Migration = {
  id: 15,
  name: 'new beginnings',
  up: [
    `CREATE TABLE new_beginning (
      installation TEXT NOT NULL, source TEXT NOT NULL, number BIGINT NOT NULL, consumer TEXT NOT NULL,
      from_id BIGINT NOT NULL, begun_at BIGINT NOT NULL,
      PRIMARY KEY (installation, source, number))`,
    'CREATE INDEX new_beginning_of ON new_beginning (installation, source, consumer)',
  ],
};
