import type { Migration } from './migration';

/** When a step was first begun, if it was begun anew since: what its call did then is looked for since that time, while its
 *  deadlines count from `intended_at`. */
export const stepBegun: Migration = {
  id: 14,
  name: 'step begun',
  up: ['ALTER TABLE step ADD COLUMN begun_at BIGINT'],
};
