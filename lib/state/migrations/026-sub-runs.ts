import type { Migration } from './migration';

/** Which runs a step of another run has started, or has found under their keys: by their place in its list. */
export const subRuns: Migration = {
  id: 26,
  name: 'sub-runs',
  up: [
    `CREATE TABLE sub_run (
      run_id TEXT NOT NULL, node TEXT NOT NULL, visit BIGINT NOT NULL, came_from TEXT NOT NULL, branch BIGINT NOT NULL,
      place BIGINT NOT NULL, child_id TEXT NOT NULL,
      PRIMARY KEY (run_id, node, visit, came_from, branch, place),
      FOREIGN KEY (run_id) REFERENCES workflow (id) ON DELETE CASCADE)`,
    'CREATE INDEX sub_run_child ON sub_run (child_id)',
  ],
};
