/** The desk's dead letters when there are very many: how long each question takes, and the longest stop of the event loop while it
 *  is answered. `npx tsx bench/letters.ts [1000000]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/async/clock';
import { yieldToLoop } from '../lib/async/event-loop';
import { letters } from '../lib/desk/dead-letters';
import type { LetterFilter } from '../lib/desk/letter-filter';
import { letterGroups } from '../lib/desk/letter-groups';
import { beginLetterJob, LetterWorker, letterJobs } from '../lib/desk/letter-jobs';
import { RecordFeed } from '../lib/feeds/records/feed';
import { migrate } from '../lib/state/migrate';
import { type Store, statement } from '../lib/state/port';
import { openSqlite } from '../lib/state/sqlite/store';
import { putTenantName } from '../lib/state/tables/tenant-name';
import { addStream } from '../lib/state/tables/usage-stream';
import { MemoryUsage } from '../test/unit/feeds/memory-usage';
import { measured } from './event-loop-stops';

const total = Number(process.argv[2] ?? 1_000_000);
const tenants = 10_000;
const key = { installation: 'wap', consumer: 'billing' };
const day = 86_400_000;
const now = Date.now();

const guidOf = (tenant: number) => `00000000-0000-0000-0000-${String(tenant).padStart(12, '0')}`;

async function fill(store: Store): Promise<void> {
  await store.transaction(async tx => {
    await addStream(tx, { ...key, run: '' }, { position: -1, toId: null, salt: 1, now });
    for (let tenant = 0; tenant < tenants; tenant++) {
      const named = { name: `Tenant ${tenant}`, account: `admin@tenant${tenant}.example`, isGone: false };
      await putTenantName(tx, 'wap', { subscriptionId: guidOf(tenant), eventId: tenant, ...named }, now);
      if (tenant % 500 === 0) await yieldToLoop();
    }
  });
  for (let from = 0; from < total; from += 50_000)
    await store.transaction(tx => tx.change(fillPart, { from, to: Math.min(total, from + 50_000), now, total }), {
      relaxed: true,
    });
}

/** As `addException` and the metering would leave them, by SQL alone because a million singly takes minutes. */
const fillPart = statement(`
  WITH RECURSIVE ids (id) AS (SELECT :from UNION ALL SELECT id + 1 FROM ids WHERE id + 1 < :to),
  rows AS (SELECT id, printf('00000000-0000-0000-0000-%012d', id % ${tenants}) AS tenant,
    strftime('%Y-%m-%dT%H:%M:%S', (:now - (:total - id) * 3000) / 1000, 'unixepoch') AS hour FROM ids)
  INSERT INTO usage_exception (stream, event_id, before_id, status, attempts, due_at, reason, reason_group,
    subscription_id, since, aside_at, body)
  SELECT 1, id, id - 1, 'dead', 1, :now,
    CASE WHEN id % 7 = 0 THEN 'vm-cpu: The subscription ' || tenant || ' is closed.'
      ELSE 'meter-' || (id % 40) || ': not known.' END,
    CASE WHEN id % 7 = 0 THEN 'vm-cpu: The subscription … is closed.' ELSE 'meter-' || (id % 40) || ': not known.' END,
    tenant, :now - (:total - id) * 3000, :now - (:total - id) * 3000,
    json_object('EventId', id, 'ExternalRecordId', 'x' || id, 'ResourceId', NULL, 'StartTime', hour, 'EndTime', hour,
      'ProviderName', 'sqlservers', 'ServiceType', 'Default', 'SubscriptionId', tenant, 'Properties', NULL,
      'Resources', json_object('DatabaseCount', '1'))
  FROM rows`);

const pages =
  (store: Store, filter: LetterFilter, most: number): (() => Promise<string>) =>
  async () => {
    let found = 0;
    let asked = 0;
    for (let after: string | null = null; asked < most; ) {
      const page: Awaited<ReturnType<typeof letters>> = await letters(store, { filter, after, limit: 100 });
      asked += 1;
      found += page.rows.length;
      if (page.next === null) break;
      after = page.next;
    }
    return `${found} letters in ${asked} requests`;
  };

const groups = (store: Store, filter: LetterFilter) => async () => {
  const found = await letterGroups(store, filter);
  return `${found.groups.length} groups of ${found.total}${found.isMore ? ' and more' : ''}`;
};

/** Ends after a number of pieces. */
const job = (store: Store, act: 'sendAgain' | 'discard', filter: LetterFilter, least: number) => async () => {
  const ends = new AbortController();
  const change = act === 'discard' ? { act, reason: 'bench' } : { act };
  await store.transaction(tx => beginLetterJob(tx, { filter, act: change, by: 'bench', now: Date.now() }));
  const worker = new LetterWorker(store, systemClock, ends.signal, () => undefined);
  const running = worker.run();
  let done = 0;
  while (done < least) {
    await systemClock.sleep(100);
    const [newest] = await letterJobs(store, 1);
    done = newest?.done ?? 0;
    if (newest?.state === 'done') break;
  }
  ends.abort();
  await running;
  return `${done} letters`;
};

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-letters-'));
  let store = await openSqlite(join(folder, 'state.sqlite'));
  try {
    await migrate(store, now);
    const began = performance.now();
    await fill(store);
    await store.close(); // what was written is brought into the file, as after a restart of Node-RED
    store = await openSqlite(join(folder, 'state.sqlite'));
    console.log(`${total} dead letters of ${tenants} tenants, written in ${Math.round(performance.now() - began)} ms`);
    console.log('| what | answer | ms | longest stop, ms | of that busy, ms |\n| --- | --- | --- | --- | --- |');
    const run = (what: string, work: () => Promise<string>) => measured(what, work);
    await run('the first page', pages(store, {}, 1));
    await run('scrolling', pages(store, {}, 100));
    await run('one tenant by its name', pages(store, { tenant: 'Tenant 4711' }, 10));
    await run('one day of one tenant', pages(store, { tenant: guidOf(12), from: now - 2 * day, to: now - day }, 10));
    await run('one reason', pages(store, { group: 'meter-7: not known.' }, 10));
    await run('usage of one day', pages(store, { usedFrom: now - 2 * day, usedTo: now - day }, 20));
    await run('reasons of all', groups(store, {}));
    await run('reasons of one tenant', groups(store, { tenant: guidOf(12) }));
    await run('reasons of a day', groups(store, { from: now - 2 * day, to: now - day }));
    const feed = new RecordFeed({
      installation: 'wap',
      reader: 'billing',
      store,
      usage: new MemoryUsage(),
      clock: systemClock,
      options: {},
    });
    await run('status of the reader', async () => `${(await feed.status()).dead} dead`);
    await run('send again all, the first 1000', job(store, 'sendAgain', {}, 1000));
    await run('discard one reason', job(store, 'discard', { group: 'meter-7: not known.' }, 20_000));
    await run('a reason that hardly one has', pages(store, { reason: guidOf(4711) }, 1000));
    await run('a meter that nothing has', pages(store, { meter: 'nothing' }, 1000));
    await run('reasons of a meter that nothing has', groups(store, { meter: 'nothing' }));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
