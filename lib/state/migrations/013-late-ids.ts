import type { Migration } from './migration';

/** What WAP shows late: how far each feed of events was read at a time, and the stretches of usage ids in which some are
 *  missing. */
export const lateIds: Migration = {
  id: 13,
  name: 'late ids',
  up: [
    `CREATE TABLE feed_mark (
      installation TEXT NOT NULL, consumer TEXT NOT NULL, feed TEXT NOT NULL, noted_at BIGINT NOT NULL,
      position BIGINT NOT NULL,
      PRIMARY KEY (installation, consumer, feed, noted_at))`,
    `CREATE TABLE usage_gap (
      stream BIGINT NOT NULL, from_id BIGINT NOT NULL, to_id BIGINT NOT NULL, first_id BIGINT NOT NULL,
      total BIGINT NOT NULL, ids TEXT NOT NULL, read_at BIGINT NOT NULL, due_at BIGINT NOT NULL,
      PRIMARY KEY (stream, from_id))`,
    'CREATE INDEX usage_gap_due ON usage_gap (stream, due_at)',
  ],
};
