import type { Migration } from './migration';

/** A run is one durable workflow; a step is one node in it. `pass` counts how often the run was sent through the flow, so
 *  that messages of an older pass can be told from the current one. */
export const workflows: Migration = {
  id: 3,
  name: 'workflows',
  up: [
    `CREATE TABLE workflow (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, run_key TEXT NOT NULL, state TEXT NOT NULL, pass BIGINT NOT NULL,
      message TEXT NOT NULL, missing TEXT NOT NULL, result TEXT, failure TEXT,
      started_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, ended_at BIGINT)`,
    // One open run a key: a message that comes twice finds the run that the first one started.
    `CREATE UNIQUE INDEX workflow_unended ON workflow (name, run_key) WHERE ended_at IS NULL`,
    'CREATE INDEX workflow_ended ON workflow (ended_at) WHERE ended_at IS NOT NULL',
    `CREATE TABLE step (
      run_id TEXT NOT NULL, node TEXT NOT NULL, visit BIGINT NOT NULL, came_from TEXT NOT NULL, branch BIGINT NOT NULL,
      label TEXT NOT NULL, state TEXT NOT NULL, inputs TEXT NOT NULL, attempts BIGINT NOT NULL,
      outcome TEXT, failure TEXT, intended_at BIGINT NOT NULL, concluded_at BIGINT,
      PRIMARY KEY (run_id, node, visit, came_from, branch),
      FOREIGN KEY (run_id) REFERENCES workflow (id) ON DELETE CASCADE)`,
  ],
};
