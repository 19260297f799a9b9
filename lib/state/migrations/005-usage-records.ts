import type { Migration } from './migration';

/** Usage records are too many for a row each: a page is a row, what was emitted together is a row, and only a record
 *  that was not simply delivered gets one of its own. */
export const usageRecords: Migration = {
  id: 5,
  name: 'usage records',
  up: [
    `CREATE TABLE usage_stream (
      id BIGINT PRIMARY KEY, installation TEXT NOT NULL, consumer TEXT NOT NULL, run TEXT NOT NULL, salt BIGINT NOT NULL,
      fetched BIGINT NOT NULL, delivered BIGINT NOT NULL, forgotten BIGINT NOT NULL, to_id BIGINT, epoch BIGINT NOT NULL,
      started_at BIGINT NOT NULL, new_at BIGINT NOT NULL, last_time TEXT, caught_up_at BIGINT, ended_at BIGINT)`,
    'CREATE UNIQUE INDEX usage_stream_of ON usage_stream (installation, consumer, run)',
    `CREATE TABLE usage_page (
      stream BIGINT NOT NULL, first_id BIGINT NOT NULL, last_id BIGINT NOT NULL, total BIGINT NOT NULL,
      position BIGINT NOT NULL, open_id BIGINT NOT NULL, open_before BIGINT NOT NULL, fetched_at BIGINT NOT NULL,
      settled_at BIGINT, packed BIGINT NOT NULL, ids TEXT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (stream, first_id))`,
    `CREATE TABLE usage_slice (
      stream BIGINT NOT NULL, page BIGINT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
      token TEXT NOT NULL, status TEXT NOT NULL, done TEXT NOT NULL, attempt BIGINT NOT NULL,
      open_id BIGINT NOT NULL, open_before BIGINT NOT NULL, sent_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
      PRIMARY KEY (stream, page, start_at))`,
    'CREATE UNIQUE INDEX usage_slice_token ON usage_slice (token)',
    // The lowest open id is asked for after each settlement.
    "CREATE INDEX usage_slice_open ON usage_slice (stream, open_id) WHERE status <> 'settled'",
    `CREATE TABLE usage_exception (
      stream BIGINT NOT NULL, event_id BIGINT NOT NULL, before_id BIGINT NOT NULL, status TEXT NOT NULL, token TEXT,
      attempts BIGINT NOT NULL, due_at BIGINT NOT NULL, reason TEXT, subscription_id TEXT, since BIGINT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (stream, event_id))`,
    `CREATE INDEX usage_exception_open ON usage_exception (stream, event_id)
      WHERE status IN ('ready', 'sent', 'waiting')`,
    'CREATE INDEX usage_exception_status ON usage_exception (stream, status, due_at)',
    "CREATE INDEX usage_exception_waiting ON usage_exception (stream, subscription_id) WHERE status = 'waiting'",
    'CREATE INDEX usage_exception_token ON usage_exception (stream, token) WHERE token IS NOT NULL',
    // Fingerprints of records by their period, by which a record that its provider sent twice is found.
    `CREATE TABLE usage_digest (
      stream BIGINT NOT NULL, seq BIGINT NOT NULL, from_time TEXT NOT NULL, to_time TEXT NOT NULL,
      total BIGINT NOT NULL, stored_at BIGINT NOT NULL, hashes TEXT NOT NULL,
      PRIMARY KEY (stream, seq))`,
    'CREATE INDEX usage_digest_period ON usage_digest (stream, to_time)',
  ],
};
