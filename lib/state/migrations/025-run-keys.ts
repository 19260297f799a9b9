import type { Migration } from './migration';

/** Runs are found by their key also once they have ended. */
export const runKeys: Migration = {
  id: 25,
  name: 'run-keys',
  up: ['CREATE INDEX workflow_key ON workflow (name, run_key, started_at)'],
};
