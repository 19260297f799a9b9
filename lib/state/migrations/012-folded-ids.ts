import { yieldToLoop } from '../../async/event-loop';
import { foldId, foldWapId } from '../../ids';
import { statement, type Tx } from '../port';
import type { Migration } from './migration';

const ourKinds = `('plan', 'addon', 'subscription', 'subscriptionAddon', 'user')`;
const meantKind = `CASE lower(kind) WHEN 'subscriptionaddon' THEN 'subscriptionAddon' ELSE lower(kind) END`;

/** Ids are compared by keys of their own, because a GUID comes in capitals from SQL Server and in small letters from
 *  elsewhere. What is only compared and never shown is folded itself. Two spellings of one id that were mapped as two
 *  entries both stay: only a person can say which one is right. */
export const foldedIds: Migration = {
  id: 12,
  name: 'folded ids',
  up: [
    `ALTER TABLE mapping ADD COLUMN wap_key TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE mapping ADD COLUMN billing_key TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE mapping_history ADD COLUMN wap_key TEXT NOT NULL DEFAULT ''`,
    `UPDATE OR IGNORE mapping SET kind = ${meantKind} WHERE ${meantKind} IN ${ourKinds} AND kind <> ${meantKind}`,
    // One whose place is taken was of no use to any node; as a kind of its own it can be seen and removed.
    `UPDATE mapping SET kind = kind || '-old' WHERE ${meantKind} IN ${ourKinds} AND kind <> ${meantKind}`,
    `UPDATE mapping_history SET kind = ${meantKind} WHERE ${meantKind} IN ${ourKinds} AND kind <> ${meantKind}`,
    'UPDATE mapping SET wap_key = wap_id, billing_key = billing_id',
    'UPDATE mapping_history SET wap_key = wap_id',
    'CREATE INDEX mapping_wap_key ON mapping (installation, target, kind, wap_key)',
    'CREATE INDEX mapping_billing_key ON mapping (installation, target, kind, billing_key)',
    'DROP INDEX mapping_history_entry',
    'CREATE INDEX mapping_history_entry ON mapping_history (installation, target, kind, wap_key, seq)',
    // Under which billing knows what was made of a window, where that is not the subscription as it is compared.
    'ALTER TABLE meter_window ADD COLUMN key_subscription TEXT',
    // Only what a reconciliation lays there and takes away again.
    'DELETE FROM reconcile_row',
    `ALTER TABLE reconcile_row ADD COLUMN shown_id TEXT NOT NULL DEFAULT ''`,
    'ALTER TABLE reconcile_row ADD COLUMN remote_key TEXT',
    'DROP INDEX reconcile_row_remote',
    `CREATE INDEX reconcile_row_remote ON reconcile_row (installation, target, side, kind, remote_key)
      WHERE remote_key IS NOT NULL`,
  ],
  fill: async tx => {
    for (const table of ['mapping', 'mapping_history'])
      await fold(tx, table, 'wap_key', ({ kind, value }) => foldWapId(kind ?? '', value), 'kind');
    await fold(tx, 'mapping', 'billing_key', foldGuids);
    await fold(tx, 'meter_window', 'subscription', foldGuids, 'NULL', 'key_subscription = subscription,');
    for (const [table, column] of [
      ['entity', 'entity_key'],
      ['delivery', 'entity_key'],
      ['delivery', 'waits_for'],
      ['usage_exception', 'subscription_id'],
      ['workflow', 'run_key'],
    ] as const)
      await fold(tx, table, column, foldGuids);
    await foldFacts(tx);
  },
};

/** One value of the column that is folded; `kind` where the column depends on it. */
interface Row {
  id: number;
  kind: string | null;
  value: string;
}

const foldGuids = ({ value }: Row) => foldId(value);

/** Folds one column, piece by piece. Where the folded row is there already, a window or an entity, the other one stays: a
 *  window is billed by itself, and an entity is known either way. */
async function fold(tx: Tx, table: string, column: string, by: (row: Row) => string, kind = 'NULL', also = '') {
  const page = statement<Row>(`
    SELECT rowid AS id, ${kind} AS kind, ${column} AS value FROM ${table} WHERE rowid > :after AND ${column} IS NOT NULL
    ORDER BY rowid LIMIT 1000`);
  const change = statement(`UPDATE OR IGNORE ${table} SET ${also} ${column} = :value WHERE rowid = :id`);
  for (let after = -1; ; await yieldToLoop()) {
    const rows = await tx.rows(page, { after });
    for (const row of rows) {
      const value = by(row);
      if (value !== row.value) await tx.change(change, { id: row.id, value });
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

interface FactsRow {
  id: number;
  installation: string;
  subscription_id: string;
  body: string;
  gone_at: number | null;
}

const factsPage = statement<FactsRow>(`
  SELECT rowid AS id, installation, subscription_id, body, gone_at FROM tenant_facts
  WHERE rowid > :after AND subscription_id <> lower(subscription_id) ORDER BY rowid LIMIT 200`);
const factsOf = statement<FactsRow>(`
  SELECT rowid AS id, installation, subscription_id, body, gone_at FROM tenant_facts
  WHERE installation = :installation AND subscription_id = :id`);
const renameFacts = statement(
  'UPDATE tenant_facts SET subscription_id = :to WHERE installation = :installation AND subscription_id = :id',
);
const changeFacts = statement(`
  UPDATE tenant_facts SET body = :body, gone_at = :goneAt WHERE installation = :installation AND subscription_id = :id`);
const dropFacts = statement('DELETE FROM tenant_facts WHERE installation = :installation AND subscription_id = :id');

async function foldFacts(tx: Tx): Promise<void> {
  for (let after = -1; ; await yieldToLoop()) {
    const rows = await tx.rows(factsPage, { after });
    for (const row of rows) await foldFactsOf(tx, row);
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** Where facts were kept under both spellings, they become one row: events may have come in either. */
async function foldFactsOf(tx: Tx, { installation, subscription_id: id, body, gone_at: goneAt }: FactsRow) {
  const to = foldId(id);
  if (to === id) return;
  const [other] = await tx.rows(factsOf, { installation, id: to });
  if (other) {
    const both = { body: bothFacts(other.body, body), goneAt: other.gone_at ?? goneAt };
    await tx.change(changeFacts, { installation, id: to, ...both });
    await tx.change(dropFacts, { installation, id });
  } else await tx.change(renameFacts, { installation, id, to });
}

/** Of each fact the newer one, but of the beginning the older one. */
function bothFacts(one: string, other: string): string {
  const [facts, more] = [JSON.parse(one), JSON.parse(other)] as Array<Record<string, { eventId?: number }>>;
  for (const [name, fact] of Object.entries(more ?? {})) {
    const [mine, theirs] = [facts?.[name]?.eventId, fact.eventId];
    const isBetter = mine === undefined || (theirs !== undefined && (name === 'since' ? theirs < mine : theirs > mine));
    if (facts && name !== 'id' && isBetter) facts[name] = fact;
  }
  return JSON.stringify(facts);
}
