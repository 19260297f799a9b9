import type { Migration } from './migration';

/** A failed run whose failure may not have reached its Catch branch yet (`told` 0) is sent again at the next start. */
export const toldFailures: Migration = {
  id: 4,
  name: 'told-failures',
  up: ['ALTER TABLE workflow ADD COLUMN told BIGINT NOT NULL DEFAULT 1'],
};
