import assert from 'node:assert/strict';
import { join } from 'node:path';
import { exportMapping, unmapped } from '../../../lib/mapping/file';
import { importMapping } from '../../../lib/mapping/import';
import { entriesOf, Mapping } from '../../../lib/mapping/mapping';
import { migrate } from '../../../lib/state/migrate';
import { migrations } from '../../../lib/state/migrations';
import { foldedIds } from '../../../lib/state/migrations/012-folded-ids';
import { type Store, statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { billingIdsOf } from '../../../lib/state/tables/mapping';
import { findWindow } from '../../../lib/state/tables/meter-window';
import { findFacts } from '../../../lib/state/tables/tenant-facts';
import { cleanScratch, fails, StillClock, scratchFolder, scratchStore } from './scratch';

const by = 'a test';
const small = 'aaaaaaaa-0000-0000-0000-00000000beef';
const large = small.toUpperCase();
const scope = { installation: 'wap', target: 'billing' };
const entry = { kind: 'subscription', wapId: small, billingId: 'sub_a' };

describe('ids are compared as their owner does', () => {
  const clock = new StillClock();
  let store: Store;
  let mapping: Mapping;
  beforeEach(async () => {
    store = await scratchStore(clock);
    mapping = new Mapping(store, clock, scope);
  });
  afterEach(cleanScratch);

  it('finds a subscription in capitals, and a key that holds its id', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, entry, { by }));
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'subscriptionAddon', wapId: `${large}.${large}`, billingId: 'x' }, { by }),
    );
    assert.equal((await mapping.store.transaction(tx => mapping.findByWapId(tx, 'subscription', large)))?.wapId, small);
    assert.equal(
      (await mapping.store.transaction(tx => mapping.findByWapId(tx, 'subscriptionAddon', `${small}.${small}`)))
        ?.billingId,
      'x',
    );
    assert.equal(
      (await mapping.store.transaction(tx => mapping.startingWith(tx, 'subscriptionAddon', `${small}.`))).length,
      1,
    );
    const found = await store.transaction(tx => billingIdsOf(tx, scope, 'subscription', [large, small, 'other']));
    assert.deepEqual(
      [...found],
      [
        [large, 'sub_a'],
        [small, 'sub_a'],
      ],
    );
  });

  it('finds plans, add-ons and users as WAP does, whatever their case', async () => {
    for (const kind of ['plan', 'addon', 'user']) {
      await mapping.store.transaction(tx => mapping.put(tx, { kind, wapId: 'Ñandú1', billingId: kind }, { by }));
      assert.equal((await mapping.store.transaction(tx => mapping.findByWapId(tx, kind, 'ñANDÚ1')))?.billingId, kind);
    }
  });

  it("leaves billing's own ids and ids of other kinds alone, but for GUIDs", async () => {
    await mapping.store.transaction(tx => mapping.put(tx, { kind: 'plan', wapId: 'gold', billingId: 'off_a' }, { by }));
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'plan', wapId: 'silver', billingId: 'off_A' }, { by }),
    );
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'cost centre', wapId: 'x', billingId: large }, { by }),
    );
    await mapping.store.transaction(tx => mapping.put(tx, { kind: 'cost centre', wapId: 'X', billingId: 'y' }, { by }));
    assert.equal((await mapping.store.transaction(tx => mapping.getByBillingId(tx, 'plan', 'off_A'))).wapId, 'silver');
    assert.equal((await mapping.store.transaction(tx => mapping.getByBillingId(tx, 'cost centre', small))).wapId, 'x');
  });

  it('keeps one entry and its first spelling, whoever writes it again', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, entry, { by }));
    const again = await mapping.store.transaction(tx =>
      mapping.put(tx, { ...entry, wapId: large, kind: 'Subscription' }, { by }),
    );
    assert.deepEqual([again.outcome, again.entry.wapId], ['same', small]);
    const other = { ...entry, wapId: large, billingId: 'sub_b' };
    await assert.rejects(
      mapping.store.transaction(tx => mapping.put(tx, other, { by })),
      fails('STATE_CONFLICT', /mapped to the billing id sub_a/),
    );
    const replaced = await mapping.store.transaction(tx => mapping.put(tx, other, { by, replace: true }));
    assert.deepEqual([replaced.entry.wapId, replaced.displaced], [small, null]);
    assert.equal(
      (await mapping.store.transaction(tx => mapping.history(tx, { kind: 'subscription', wapId: large }))).length,
      2,
    );
    await mapping.store.transaction(tx => mapping.remove(tx, 'SUBSCRIPTION', large, by));
    assert.equal((await mapping.store.transaction(tx => mapping.list(tx))).total, 0);
  });

  it('sees the same id twice in a file, and entries that are there already', async () => {
    await mapping.store.transaction(tx => mapping.put(tx, entry, { by }));
    const file = JSON.stringify([{ ...entry, wapId: large, name: 'Anna' }]);
    const { changed, added } = await importMapping(mapping, file, { format: 'json', by, mode: 'replace-all' });
    assert.deepEqual([changed, added], [1, 0]);
    const twice = `kind,wapId,billingId\nplan,gold,a\nPlan,GOLD,b\nplan,x,${small}\nplan,y,${large}\n`;
    await assert.rejects(importMapping(mapping, twice, { format: 'csv', by }), error => {
      const { problems } = (error as { cause: { details: { problems: Array<{ line: number; field: string }> } } }).cause
        .details;
      assert.deepEqual(
        problems.map(({ line, field }) => `${line} ${field}`),
        ['3 wapId', '5 billingId'],
      );
      return true;
    });
    assert.deepEqual([...unmapped([{ kind: 'subscription', wapId: large }], [entry])], []);
  });
});

const insert = (table: string, values: Record<string, string | number | null>) => ({
  text: `INSERT INTO ${table} (${Object.keys(values).join(', ')}) VALUES (${Object.keys(values)
    .map(name => `:${name}`)
    .join(', ')})`,
  values,
});

/** How often others had their turn meanwhile. */
async function turnsOf(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  const goOn = () => {
    turns += 1;
    others = setImmediate(goOn);
  };
  let others = setImmediate(goOn);
  await work();
  clearImmediate(others);
  return turns;
}

describe('a store of the version before ids were folded', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openSqlite(join(await scratchFolder(), 's'));
    await migrate(store, 5, migrations.slice(0, 11));
  });
  afterEach(async () => {
    await store.close();
    await cleanScratch();
  });
  const insertAll = (rows: Array<ReturnType<typeof insert>>) =>
    store.transaction(async tx => {
      for (const { text, values } of rows) await tx.change(statement(text), values);
    });
  const fill = async (...rows: Array<ReturnType<typeof insert>>) => {
    await insertAll(rows);
    await migrate(store, 6);
  };
  const mapped = (wapId: string, billingId: string, more: Record<string, string | number> = {}) =>
    insert('mapping', {
      ...{ ...scope, kind: 'subscription', wap_id: wapId, billing_id: billingId, search_text: '' },
      ...{ created_at: 1, updated_at: 1, ...more },
    });

  it('finds what it has in any case, with its history', async () => {
    await fill(
      mapped(large, 'b1'),
      mapped('Gold', 'g1', { kind: 'Plan' }),
      insert('mapping_history', {
        ...{ ...scope, seq: 1, kind: 'Plan', wap_id: 'Gold', changed_by: 'me', changed_at: 1 },
        ...{ before_json: null, after_json: '{}' },
      }),
    );
    const mapping = new Mapping(store, new StillClock(), scope);
    assert.equal((await mapping.store.transaction(tx => mapping.getByWapId(tx, 'subscription', small))).wapId, large);
    assert.equal((await mapping.store.transaction(tx => mapping.getByWapId(tx, 'plan', 'gold'))).billingId, 'g1');
    assert.equal(
      (await mapping.store.transaction(tx => mapping.history(tx, { kind: 'plan', wapId: 'GOLD' }))).length,
      1,
    );
  });

  it('keeps two spellings that are two entries, each found as before, until one is removed', async () => {
    await fill(mapped(large, 'b1'), mapped(small, 'b2'));
    const mapping = new Mapping(store, new StillClock(), scope);
    assert.equal(
      (await mapping.store.transaction(tx => mapping.getByWapId(tx, 'subscription', large))).billingId,
      'b1',
    );
    assert.equal(
      (await mapping.store.transaction(tx => mapping.getByWapId(tx, 'subscription', small))).billingId,
      'b2',
    );
    const ids = await store.transaction(tx => billingIdsOf(tx, scope, 'subscription', [large, small]));
    assert.deepEqual([...ids.values()], ['b1', 'b2']);
    await mapping.store.transaction(tx => mapping.remove(tx, 'subscription', large, by));
    assert.equal(
      (await mapping.store.transaction(tx => mapping.getByWapId(tx, 'subscription', large))).billingId,
      'b2',
    );
  });

  it('replaces all by the file that names one of two spellings', async () => {
    await fill(mapped(large, 'b1'), mapped(small, 'b2'));
    const mapping = new Mapping(store, new StillClock(), scope);
    const file = JSON.stringify([{ kind: 'subscription', wapId: small, billingId: 'b1' }]);
    await importMapping(mapping, file, { format: 'json', by, mode: 'replace-all' });
    const pieces: string[] = [];
    for await (const piece of exportMapping(entriesOf(mapping), 'json')) pieces.push(piece);
    assert.deepEqual(
      JSON.parse(pieces.join('')).map(({ wapId, billingId }: Record<string, string>) => [wapId, billingId]),
      [[small, 'b1']],
    );
  });

  it('keeps the key under which billing knows a window', async () => {
    const window = { starts_at: 1, ends_at: 2, subscription: large, identity: '{}', total: '5', records: 1 };
    const more = { series: 1, ended_at: 2, record_id: 1, billed: '5', bills: 1 };
    await fill(insert('meter_window', { ...window, ...more }));
    const key = { startsAt: 1, endsAt: 2, subscription: small, identity: '{}' };
    const row = await store.transaction(tx => findWindow(tx, 1, key));
    assert.deepEqual([row?.billed, row?.subscription, row?.keySubscription], ['5', small, large]);
  });

  it('joins what two spellings said of one subscription', async () => {
    const fact = (eventId: number, value: unknown) => ({ eventId, value, at: '' });
    const of = (id: string, facts: object) =>
      insert('tenant_facts', {
        ...{ installation: 'wap', subscription_id: id, body: JSON.stringify({ id, ...facts }), updated_at: 1 },
        gone_at: null,
      });
    await fill(
      of(large, { planId: fact(9, 'gold'), since: fact(1, 'then') }),
      of(small, { planId: fact(3, 'old'), since: fact(3, 'later'), state: fact(4, 2) }),
    );
    const facts = JSON.parse((await store.transaction(tx => findFacts(tx, 'wap', large))) ?? '{}');
    assert.deepEqual(facts, { id: small, planId: fact(9, 'gold'), since: fact(1, 'then'), state: fact(4, 2) });
  });

  it('gives others their turn while it folds what is known of many tenants', async () => {
    const ids = Array.from(
      { length: 450 },
      (_none, index) => `AAAAAAAA-0000-0000-0000-${String(index).padStart(12, '0')}`,
    );
    const rows = ids.map(id =>
      insert('tenant_facts', {
        ...{ installation: 'wap', subscription_id: id, body: JSON.stringify({ id }), updated_at: 1, gone_at: null },
      }),
    );
    await insertAll(rows);
    await store.transaction(async tx => {
      for (const text of foldedIds.up) await tx.change(statement(text));
      const turns = await turnsOf(async () => foldedIds.fill?.(tx));
      assert.ok(turns >= 2, `${turns} turns`);
    });
    const found = await Promise.all(ids.map(id => store.transaction(tx => findFacts(tx, 'wap', id))));
    assert.ok(found.every(body => body !== null));
  });
});
