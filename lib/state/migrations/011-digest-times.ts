import type { Migration } from './migration';

/** Each page looks for digests that are too old; without an index that reads all of them, hashes included. */
export const digestTimes: Migration = {
  id: 11,
  name: 'digest times',
  up: ['CREATE INDEX usage_digest_stored ON usage_digest (stream, stored_at)'],
};
