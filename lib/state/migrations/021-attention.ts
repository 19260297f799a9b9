import type { Migration } from './migration';

/** Of whom it was told that something needs a person, since when, and when it was told last: once a day, whatever restarts
 *  come between. */
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
