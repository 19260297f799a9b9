import type { Migration } from './migration';

/** Which start node began a run: it keeps its runs when its workflow gets another name. Runs of older versions lack it. */
export const runStarts: Migration = {
  id: 28,
  name: 'run-starts',
  up: [
    'ALTER TABLE workflow ADD COLUMN start_node TEXT',
    'CREATE INDEX workflow_start_node ON workflow (start_node, name)',
  ],
};
