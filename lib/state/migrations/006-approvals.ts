import type { Migration } from './migration';

/** The answers that WAP got, kept so that a repeated request gets the same one. */
export const approvals: Migration = {
  id: 6,
  name: 'approvals',
  up: [
    `CREATE TABLE approval (
      endpoint TEXT NOT NULL, event_id BIGINT NOT NULL, about TEXT NOT NULL, decision TEXT NOT NULL, reason TEXT,
      decided_by TEXT NOT NULL, token TEXT NOT NULL, decided_at BIGINT NOT NULL,
      PRIMARY KEY (endpoint, event_id))`,
    'CREATE INDEX approval_age ON approval (endpoint, decided_at)',
  ],
};
