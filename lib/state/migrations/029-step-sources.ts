import type { Migration } from './migration';

/** Where the inputs of a step came from that the message decided, so that a change of that can be told before it matters. Steps
 *  of older versions lack it. */
export const stepSources: Migration = {
  id: 29,
  name: 'step-sources',
  up: ['ALTER TABLE step ADD COLUMN sources TEXT'],
};
