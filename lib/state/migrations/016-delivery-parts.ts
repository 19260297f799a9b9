import type { Migration } from './migration';

/** A flow may take a batch apart: what is known of a record is kept until the rest of it has come. */
export const deliveryParts: Migration = {
  id: 16,
  name: 'delivery parts',
  up: [
    `CREATE TABLE delivery_part (
      token TEXT NOT NULL, feed TEXT NOT NULL, event_id BIGINT NOT NULL, part TEXT NOT NULL, party TEXT NOT NULL,
      parts BIGINT NOT NULL, copies BIGINT NOT NULL, result TEXT NOT NULL, after_ms BIGINT NOT NULL, reason TEXT,
      noted_at BIGINT NOT NULL,
      PRIMARY KEY (token, feed, event_id, part, party))`,
    'CREATE INDEX delivery_part_noted ON delivery_part (noted_at)',
    `CREATE TABLE delivery_count (
      token TEXT NOT NULL, split TEXT NOT NULL, total BIGINT NOT NULL, done TEXT NOT NULL, after_ms BIGINT,
      noted_at BIGINT NOT NULL,
      PRIMARY KEY (token, split))`,
    'CREATE INDEX delivery_count_noted ON delivery_count (noted_at)',
  ],
};
