import type { Migration } from './migration';

/** What billing has, added up by day. Each settlement adds a part; many parts are put together in a heap, and many heaps are folded
 *  into the totals: each tenant has little in a part, and writing a row for each would take longer than everything else. The row
 *  without a subscription is the sum of all of them. `kept` names the rebuilding replays that left a row as it was, one a line. */
export const usageTotals: Migration = {
  id: 23,
  name: 'usage totals',
  up: [
    `CREATE TABLE usage_total (
      installation TEXT NOT NULL, target TEXT NOT NULL, subscription TEXT NOT NULL, day TEXT NOT NULL, meter TEXT NOT NULL,
      unit TEXT NOT NULL, zone TEXT NOT NULL, quantity TEXT NOT NULL, items BIGINT NOT NULL, first_id BIGINT NOT NULL,
      last_id BIGINT NOT NULL, kept TEXT,
      PRIMARY KEY (installation, target, subscription, day, meter, unit, zone))`,
    'CREATE INDEX usage_total_day ON usage_total (day, installation, target, subscription)',
    `CREATE TABLE usage_total_part (
      part BIGINT PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE usage_total_heap (
      heap BIGINT PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE usage_rebuild (
      installation TEXT NOT NULL, target TEXT NOT NULL, run TEXT NOT NULL, from_id BIGINT NOT NULL, to_id BIGINT NOT NULL,
      started_at BIGINT NOT NULL,
      PRIMARY KEY (installation, target, run))`,
    'ALTER TABLE usage_stream ADD COLUMN rebuilds_from BIGINT',
  ],
};
