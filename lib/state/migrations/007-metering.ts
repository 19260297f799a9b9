import type { Migration } from './migration';

/** What a meter has counted: which records, as bits of blocks of 1024 ids, and what is in each window. What of it billing
 *  was told is in `billed`. `usage_sent` is for billing systems that forget a key after a time. */
export const metering: Migration = {
  id: 7,
  name: 'metering',
  up: [
    `CREATE TABLE meter_series (
      id BIGINT PRIMARY KEY, installation TEXT NOT NULL, series TEXT NOT NULL, last_id BIGINT NOT NULL,
      UNIQUE (installation, series))`,
    `CREATE TABLE meter_seen (
      series BIGINT NOT NULL, block BIGINT NOT NULL, bits TEXT NOT NULL, seen_at BIGINT NOT NULL,
      PRIMARY KEY (series, block))`,
    `CREATE TABLE meter_window (
      series BIGINT NOT NULL, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, subscription TEXT NOT NULL,
      identity TEXT NOT NULL, total TEXT NOT NULL, records BIGINT NOT NULL, ended_at BIGINT NOT NULL,
      record_id BIGINT NOT NULL, billed TEXT, bills BIGINT NOT NULL, due_at BIGINT,
      PRIMARY KEY (series, starts_at, ends_at, subscription, identity))`,
    // Billed windows stay for late records, but are not looked through for what is due.
    'CREATE INDEX meter_window_due ON meter_window (series, due_at) WHERE due_at IS NOT NULL',
    `CREATE TABLE usage_sent (
      target TEXT NOT NULL, item_key TEXT NOT NULL, state TEXT NOT NULL, noted_at BIGINT NOT NULL,
      PRIMARY KEY (target, item_key))`,
    'CREATE INDEX usage_sent_age ON usage_sent (target, noted_at)',
  ],
};
