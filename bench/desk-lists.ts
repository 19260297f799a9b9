/** The desk's lists of runs and mappings when there are very many, and its overview: how long each question takes, and the longest stop of the
 *  event loop while it is answered. `npx tsx bench/desk-lists.ts [100000]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mappingEntries } from '../lib/desk/mapping';
import { overview } from '../lib/desk/overview';
import { listRuns, type RunFilter, runWords } from '../lib/desk/runs';
import type { MappingMatch } from '../lib/mapping/mapping';
import { migrate } from '../lib/state/migrate';
import { type Store, statement } from '../lib/state/port';
import { openSqlite } from '../lib/state/sqlite/store';
import { measured } from './event-loop-stops';

const total = Number(process.argv[2] ?? 100_000);
const now = Date.now();
const scope = { installation: 'wap', target: 'billing' };

/** A tenth failed, a tenth under way, each with steps, one of which waits. */
const fillRuns = statement(`
  WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id + 1 < :total)
  INSERT INTO workflow (id, name, run_key, state, pass, message, missing, failure, started_at, updated_at, ended_at)
  SELECT printf('run-%08d', id), 'put on sale ' || (id % 5), 'Plan ' || id,
    CASE id % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'open' ELSE 'completed' END, 1, '{}', '[]',
    CASE id % 10 WHEN 0 THEN '{"step":"create in WAP","code":"WAP_CONFLICT","message":"The name is taken.","cause":{}}' END,
    :now - id * 1000, :now - id * 1000, CASE WHEN id % 10 > 1 THEN :now - id * 1000 END FROM ids`);
const fillSteps = statement(`
  INSERT INTO step (run_id, node, visit, came_from, branch, label, state, attempts, inputs, intended_at, waits_for, waits_subject,
    waits_until)
  SELECT id, 'n1', 1, '', 0, CASE state WHEN 'failed' THEN 'create in WAP' ELSE 'wait for billing' END,
    CASE state WHEN 'failed' THEN 'failed' WHEN 'open' THEN 'intended' ELSE 'done' END, 1, '{}', started_at,
    CASE state WHEN 'open' THEN 'propagation' END, run_key, :now FROM workflow`);
const fillMapping = statement(`
  WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id + 1 < :total)
  INSERT INTO mapping (installation, target, kind, wap_id, billing_id, name, note, search_text, created_at, updated_at, wap_key,
    billing_key)
  SELECT 'wap', 'billing', 'subscription', printf('%08d-0000-4000-8000-000000000000', id), 'bill-' || id, 'Tenant ' || id, '',
    printf('%08d-0000-4000-8000-000000000000 bill-%d tenant %d', id, id, id), :now, :now,
    printf('%08d-0000-4000-8000-000000000000', id), 'bill-' || id FROM ids`);

const none: RunFilter = { state: null, workflow: null, text: null, step: null, waitsFor: null };

const runs = (store: Store, filter: Partial<RunFilter>, most: number) => () =>
  pages(most, after => listRuns(store, { ...none, ...filter }, after, 100));

const mappings = (store: Store, filter: MappingMatch, most: number) => () =>
  pages(most, after => mappingEntries(store, scope, filter, after, 100));

async function pages(
  most: number,
  ask: (after: string | undefined) => Promise<{ rows: unknown[]; next: string | null }>,
): Promise<string> {
  let [found, asked] = [0, 0];
  for (let after: string | undefined; asked < most; ) {
    const { rows, next } = await ask(after);
    found += rows.length;
    asked += 1;
    if (next === null) break;
    after = next;
  }
  return `${found} in ${asked} requests`;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-lists-'));
  let store = await openSqlite(join(folder, 'state.sqlite'));
  try {
    await migrate(store, now);
    await store.transaction(tx => tx.change(fillRuns, { total, now }), { relaxed: true });
    await store.transaction(tx => tx.change(fillSteps, { now }), { relaxed: true });
    await store.transaction(tx => tx.change(fillMapping, { total, now }), { relaxed: true });
    await store.close(); // what was written is brought into the file, as after a restart of Node-RED
    store = await openSqlite(join(folder, 'state.sqlite'));
    console.log('| what | answer | ms | longest stop, ms | of that busy, ms |\n| --- | --- | --- | --- | --- |');
    await measured('runs: the first page', runs(store, {}, 1));
    await measured('runs: scrolling', runs(store, {}, 200));
    await measured('runs: all that failed', runs(store, { state: 'failed' }, 100));
    await measured('runs: a key that one has', runs(store, { text: `plan ${total - 7}` }, 100));
    await measured('runs: a step', runs(store, { step: 'create in WAP' }, 100));
    await measured('runs: what waits for billing', runs(store, { waitsFor: 'propagation' }, 100));
    await measured('runs: a step that none stands at', runs(store, { step: 'nothing' }, 100));
    await measured('runs: the words of the filter', async () => `${(await runWords(store)).steps.length} steps`);
    await measured('mapping: scrolling', mappings(store, {}, 200));
    await measured('mapping: a name that one has', mappings(store, { text: `tenant ${total - 7}` }, 100));
    await measured('mapping: a name that none has', mappings(store, { text: 'nobody' }, 100));
    await measured(
      'the overview',
      async () => `${(await overview(store, now - 3_600_000)).workflows.length} workflows`,
    );
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
