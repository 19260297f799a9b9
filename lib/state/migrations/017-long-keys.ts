import type { Migration } from './migration';

/** Keys of usage are bounded from now on. What is there already may have been sent under its long key, and billing would not
 *  know it again under another: it keeps it. */
export const longKeys: Migration = {
  id: 17,
  name: 'long keys',
  up: [
    `CREATE TABLE usage_long_keys (
      installation TEXT NOT NULL, feed TEXT NOT NULL, up_to BIGINT NOT NULL,
      PRIMARY KEY (installation, feed)
    )`,
    `INSERT INTO usage_long_keys (installation, feed, up_to)
      SELECT installation, 'usage', MAX(fetched) FROM usage_stream GROUP BY installation`,
    `INSERT INTO usage_long_keys (installation, feed, up_to)
      SELECT installation, 'meter/' || series, last_id FROM meter_series`,
  ],
};
