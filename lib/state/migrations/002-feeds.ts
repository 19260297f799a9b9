import type { Migration } from './migration';

/** The inbox is one for an installation; what became of each event is kept for every consumer on its own. */
export const feeds: Migration = {
  id: 2,
  name: 'feeds',
  up: [
    `CREATE TABLE inbox (
      installation TEXT NOT NULL, feed TEXT NOT NULL, event_id BIGINT NOT NULL,
      state BIGINT NOT NULL, body TEXT NOT NULL, body_hash TEXT NOT NULL, fetched_at BIGINT NOT NULL,
      PRIMARY KEY (installation, feed, event_id))`,
    `CREATE TABLE quarantine (
      installation TEXT NOT NULL, feed TEXT NOT NULL, event_id BIGINT NOT NULL, body_hash TEXT NOT NULL,
      body TEXT NOT NULL, seen_at BIGINT NOT NULL,
      PRIMARY KEY (installation, feed, event_id, body_hash))`,
    // What WAP is known to have: events that refer to it need not wait.
    `CREATE TABLE entity (
      installation TEXT NOT NULL, entity_key TEXT NOT NULL, seen_at BIGINT NOT NULL,
      PRIMARY KEY (installation, entity_key))`,
    `CREATE TABLE cursor (
      installation TEXT NOT NULL, consumer TEXT NOT NULL, feed TEXT NOT NULL,
      fetched BIGINT NOT NULL, read_to BIGINT NOT NULL, delivered BIGINT NOT NULL, forgotten BIGINT NOT NULL,
      epoch BIGINT NOT NULL, updated_at BIGINT NOT NULL,
      PRIMARY KEY (installation, consumer, feed))`,
    `CREATE TABLE delivery (
      installation TEXT NOT NULL, consumer TEXT NOT NULL, feed TEXT NOT NULL, event_id BIGINT NOT NULL,
      status TEXT NOT NULL, entity_key TEXT NOT NULL, waits_for TEXT, since BIGINT NOT NULL, due_at BIGINT NOT NULL,
      token TEXT, attempts BIGINT NOT NULL, outcome TEXT, reason TEXT, settled_at BIGINT, alarmed_at BIGINT,
      PRIMARY KEY (installation, consumer, feed, event_id))`,
    // Nearly every row is settled sooner or later; partial indices keep each look at the open ones as short as their number.
    `CREATE INDEX delivery_open ON delivery (installation, consumer, event_id) WHERE status <> 'settled'`,
    `CREATE INDEX delivery_open_feed ON delivery (installation, consumer, feed, event_id) WHERE status <> 'settled'`,
    `CREATE INDEX delivery_open_entity ON delivery (installation, consumer, entity_key, event_id)
      WHERE status <> 'settled'`,
    "CREATE INDEX delivery_dead ON delivery (installation, consumer, event_id) WHERE outcome = 'dead'",
    'CREATE INDEX delivery_token ON delivery (token) WHERE token IS NOT NULL',
    `CREATE TABLE batch (
      token TEXT PRIMARY KEY, installation TEXT NOT NULL, consumer TEXT NOT NULL, status TEXT NOT NULL,
      attempt BIGINT NOT NULL, sent_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX batch_consumer ON batch (installation, consumer, status)',
  ],
};
