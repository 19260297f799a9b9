import type { Migration } from './migration';

/** An import of the mapping that goes on, or that a crash broke off. Changes of its scope after this one are its own. */
export const mappingImports: Migration = {
  id: 20,
  name: 'mapping imports',
  up: [
    `CREATE TABLE mapping_import (
      installation TEXT NOT NULL, target TEXT NOT NULL, after_seq BIGINT NOT NULL,
      PRIMARY KEY (installation, target)
    )`,
  ],
};
