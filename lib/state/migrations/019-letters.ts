import { yieldToLoop } from '../../async/event-loop';
import { statement, type Tx } from '../port';
import { reasonGroupOf } from '../tables/reason-group';
import { nameInEvent, putTenantName } from '../tables/tenant-name';
import type { Migration } from './migration';

/** Of usage and events that were set aside: since when (a check that finds nothing new does not change it), and what their
 *  reasons have in common. `letter` is the kind of what a person has to look at; most rows have none and are in none of the
 *  indices. How many there are is kept, because a million cannot be counted each time. */
export const letters: Migration = {
  id: 19,
  name: 'letters',
  up: [
    'ALTER TABLE usage_exception ADD COLUMN aside_at BIGINT',
    'ALTER TABLE usage_exception ADD COLUMN reason_group TEXT',
    `ALTER TABLE usage_exception ADD COLUMN letter TEXT GENERATED ALWAYS AS (CASE WHEN aside_at IS NULL THEN NULL
      WHEN status = 'dead' THEN 'dead' WHEN status IN ('waiting', 'ready', 'sent') THEN 'waiting' END) VIRTUAL`,
    `UPDATE usage_exception SET aside_at = since WHERE status IN ('dead', 'waiting')`,
    'ALTER TABLE delivery ADD COLUMN aside_at BIGINT',
    'ALTER TABLE delivery ADD COLUMN reason_group TEXT',
    `ALTER TABLE delivery ADD COLUMN letter TEXT GENERATED ALWAYS AS (CASE WHEN aside_at IS NULL THEN NULL
      WHEN outcome = 'dead' THEN 'dead' WHEN status = 'parked' THEN 'parked'
      WHEN status IN ('ready', 'sent') THEN 'waiting' END) VIRTUAL`,
    `UPDATE delivery SET aside_at = COALESCE(settled_at, since) WHERE outcome = 'dead' OR status = 'parked'`,
    // A person has seen it: it stays, so that it raises no alarm when it comes again.
    'ALTER TABLE quarantine ADD COLUMN discarded_at BIGINT',
    'ALTER TABLE quarantine ADD COLUMN letter TEXT GENERATED ALWAYS AS ' +
      "(CASE WHEN discarded_at IS NULL THEN 'quarantine' END) VIRTUAL",
    'CREATE INDEX quarantine_letter ON quarantine (letter, seen_at) WHERE letter IS NOT NULL',
    ...indicesOf('usage_exception', 'subscription_id'),
    ...indicesOf('delivery', 'entity_key'),
    `CREATE TABLE letter_count (
      place TEXT NOT NULL, letter TEXT NOT NULL, total BIGINT NOT NULL, PRIMARY KEY (place, letter))`,
    ...countersOf('usage_exception', "'stream/' || row.stream"),
    ...countersOf('delivery', "'events/' || row.installation || '/' || row.consumer"),
    ...countersOf('quarantine', "'quarantine/' || row.installation"),
    `CREATE TABLE letter_job (
      id BIGINT PRIMARY KEY, act TEXT NOT NULL, filter TEXT NOT NULL, reason TEXT, started_by TEXT NOT NULL,
      state TEXT NOT NULL, place TEXT NOT NULL, done BIGINT NOT NULL, passed BIGINT NOT NULL,
      started_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, ended_at BIGINT)`,
    "CREATE INDEX letter_job_open ON letter_job (id) WHERE state = 'running'",
    `CREATE TABLE tenant_name (
      installation TEXT NOT NULL, subscription_id TEXT NOT NULL, name TEXT, account TEXT, search_text TEXT NOT NULL,
      event_id BIGINT NOT NULL, gone_at BIGINT,
      PRIMARY KEY (installation, subscription_id))`,
    'CREATE INDEX tenant_name_gone ON tenant_name (installation, gone_at) WHERE gone_at IS NOT NULL',
  ],
  fill: async tx => {
    await fillGroups(tx, 'usage_exception', 'subscription_id');
    await fillGroups(tx, 'delivery', "substr(waits_for, instr(waits_for, '/') + 1)");
    await fillNames(tx);
  },
};

/** Partial, so that the many rows without a letter cost nothing. */
function indicesOf(table: string, tenant: string): string[] {
  return [
    `CREATE INDEX ${table}_letter ON ${table} (letter, aside_at) WHERE letter IS NOT NULL`,
    `CREATE INDEX ${table}_letter_reason ON ${table} (letter, reason_group, aside_at) WHERE letter IS NOT NULL`,
    `CREATE INDEX ${table}_letter_tenant ON ${table} (letter, ${tenant}, aside_at) WHERE letter IS NOT NULL`,
  ];
}

/** Triggers, so that no way in which a row changes can be forgotten. */
function countersOf(table: string, place: string): string[] {
  const [before, after] = [place.replaceAll('row.', 'OLD.'), place.replaceAll('row.', 'NEW.')];
  const add = `INSERT INTO letter_count (place, letter, total) VALUES (${after}, NEW.letter, 1)
    ON CONFLICT (place, letter) DO UPDATE SET total = total + 1;`;
  const take = `UPDATE letter_count SET total = total - 1 WHERE place = ${before} AND letter = OLD.letter;`;
  return [
    `INSERT INTO letter_count (place, letter, total)
      SELECT ${place.replaceAll('row.', '')} AS place, letter, COUNT(*) FROM ${table} WHERE letter IS NOT NULL
      GROUP BY place, letter`,
    `CREATE TRIGGER ${table}_letter_new AFTER INSERT ON ${table} WHEN NEW.letter IS NOT NULL BEGIN ${add} END`,
    `CREATE TRIGGER ${table}_letter_gone AFTER DELETE ON ${table} WHEN OLD.letter IS NOT NULL BEGIN ${take} END`,
    `CREATE TRIGGER ${table}_letter_is AFTER UPDATE ON ${table}
      WHEN NEW.letter IS NOT NULL AND OLD.letter IS NOT NEW.letter BEGIN ${add} END`,
    `CREATE TRIGGER ${table}_letter_was AFTER UPDATE ON ${table}
      WHEN OLD.letter IS NOT NULL AND OLD.letter IS NOT NEW.letter BEGIN ${take} END`,
  ];
}

/** In code, because SQL cannot make groups of reasons. */
async function fillGroups(tx: Tx, table: string, about: string): Promise<void> {
  const page = statement<{ id: number; reason: string; about: string | null }>(`
    SELECT rowid AS id, COALESCE(reason, '') AS reason, ${about} AS about FROM ${table}
    WHERE rowid > :after AND letter IS NOT NULL ORDER BY rowid LIMIT 1000`);
  const change = statement(`UPDATE ${table} SET reason_group = :group WHERE rowid = :id`);
  for (let after = -1; ; await yieldToLoop()) {
    const rows = await tx.rows(page, { after });
    for (const { id, reason, about: of } of rows) await tx.change(change, { id, group: reasonGroupOf(reason, of) });
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** From the events that are still kept. */
async function fillNames(tx: Tx): Promise<void> {
  const page = statement<{ id: number; installation: string; body: string; fetched_at: number }>(`
    SELECT rowid AS id, installation, body, fetched_at FROM inbox
    WHERE rowid > :after AND feed = 'subscriptions' AND state = 0 ORDER BY rowid LIMIT 1000`);
  for (let after = -1; ; await yieldToLoop()) {
    const rows = await tx.rows(page, { after });
    for (const { installation, body, fetched_at: now } of rows) {
      const named = nameInEvent(JSON.parse(body));
      if (named) await putTenantName(tx, installation, named, now);
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}
