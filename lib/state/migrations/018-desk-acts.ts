import type { Migration } from './migration';

/** What people did at the operator's desk: who, when, what, to how many, and why. */
export const deskActs: Migration = {
  id: 18,
  name: 'desk-acts',
  up: [
    `CREATE TABLE desk_act (
      id BIGINT PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL,
      count BIGINT NOT NULL, why TEXT NOT NULL)`,
  ],
};
