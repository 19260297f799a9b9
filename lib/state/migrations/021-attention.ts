import type { Migration } from './migration';

/** Readers reported as needing a person: since when, and when that was last reported, so that it is reported once a day however
 *  often the process restarts. */
export const attention: Migration = {
  id: 21,
  name: 'attention',
  up: [
    `CREATE TABLE attention (
      installation TEXT NOT NULL, consumer TEXT NOT NULL, source TEXT NOT NULL, began_at BIGINT NOT NULL,
      told_at BIGINT NOT NULL,
      PRIMARY KEY (installation, consumer, source))`,
  ],
};
