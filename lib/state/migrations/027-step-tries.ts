import type { Migration } from './migration';

/** How often a step that waits to be tried again has failed: what is tried for days must not be counted anew at each restart. */
export const stepTries: Migration = {
  id: 27,
  name: 'step-tries',
  up: ['ALTER TABLE step ADD COLUMN waits_tries BIGINT'],
};
