import type { Migration } from './migration';

/** What a step waits for, so that people see it, and indices by which runs are listed and searched without reading them. */
export const runLists: Migration = {
  id: 22,
  name: 'run-lists',
  up: [
    'ALTER TABLE step ADD COLUMN waits_for TEXT',
    'ALTER TABLE step ADD COLUMN waits_subject TEXT',
    'ALTER TABLE step ADD COLUMN waits_until BIGINT',
    'CREATE INDEX workflow_listed ON workflow (started_at, id, state, name, run_key)',
    'CREATE INDEX workflow_by_state ON workflow (state, started_at, id, name, run_key)',
    "CREATE INDEX step_unfinished ON step (run_id, label) WHERE state <> 'done'",
  ],
};
