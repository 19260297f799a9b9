import type { Migration } from './migration';

/** What runs ask people. One step asks once, however often a crash or a deploy sends its run through the flow again. What links in
 *  e-mails are good for is derived from `nonce`. */
export const questions: Migration = {
  id: 24,
  name: 'questions',
  up: [
    `CREATE TABLE question (
      id TEXT PRIMARY KEY, run_id TEXT NOT NULL, node TEXT NOT NULL, visit BIGINT NOT NULL, came_from TEXT NOT NULL,
      branch BIGINT NOT NULL, asked TEXT NOT NULL, nonce TEXT NOT NULL, asked_at BIGINT NOT NULL, deadline_at BIGINT,
      told BIGINT NOT NULL, told_at BIGINT, answered_at BIGINT, answer TEXT,
      FOREIGN KEY (run_id) REFERENCES workflow (id) ON DELETE CASCADE)`,
    // Asking again finds the first question, with its id and its links.
    'CREATE UNIQUE INDEX question_step ON question (run_id, node, visit, came_from, branch)',
    'CREATE INDEX question_open ON question (asked_at, id) WHERE answered_at IS NULL',
  ],
};
