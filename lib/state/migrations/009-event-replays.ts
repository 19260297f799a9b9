import type { Migration } from './migration';

/** A replay of events reads as a consumer of its own, so only where it begins and ends is kept here. */
export const eventReplays: Migration = {
  id: 9,
  name: 'event replays',
  up: [
    `CREATE TABLE event_replay (
      installation TEXT NOT NULL, consumer TEXT NOT NULL, run TEXT NOT NULL, from_id BIGINT NOT NULL,
      to_id BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT,
      PRIMARY KEY (installation, consumer, run))`,
  ],
};
