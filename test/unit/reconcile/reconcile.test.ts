import assert from 'node:assert/strict';
import { defaultTemplates } from '../../../lib/billing/rest/templates';
import { bootstrap } from '../../../lib/reconcile/bootstrap';
import type { Difference } from '../../../lib/reconcile/differences';
import { reconcile } from '../../../lib/reconcile/reconcile';
import { pagesOf } from '../../../lib/reconcile/sides';
import { statement } from '../../../lib/state/port';
import { followEvent } from '../../../lib/tenants/follow';
import { tenantVerbs } from '../../../lib/tenants/verbs';
import { failsWith } from '../../contract/provider';
import { cleanScratch } from '../state/scratch';
import { anEvent, type TenantWorld, tenantWorld } from '../tenants/tenant-world';

const idOf = (number: number) => `aaaaaaaa-0000-0000-0000-${String(number).padStart(12, '0')}`;
const long = '2020-01-01T00:00:00';

describe('a reconciliation of WAP, mapping and billing', () => {
  let world: TenantWorld;
  beforeEach(async () => {
    world = await tenantWorld();
  });
  afterEach(() => world.close());
  after(() => cleanScratch());

  const reader = (signal = new AbortController().signal) => ({
    ...{ wap: world.wap.wap, billing: world.billing.connection, mapping: world.mapping },
    ...{ signal, progress: () => undefined },
  });
  const run = async ({ limit = 1000, graceMs = 0, goneLimit = 10 } = {}) => {
    const found: Difference[] = [];
    const difference = async (one: Difference) => void found.push(one);
    const report = await reconcile({ ...reader(), now: world.wap.clock.now(), graceMs, limit, goneLimit, difference });
    const short = found.map(one => `${one.kind} ${one.wapId ?? one.key} ${one.what}: ${one.remedy}`);
    return { found, short, report };
  };
  const seed = (number: number, more: object = {}) =>
    world.wap.sim.seed({ subscriptions: [{ SubscriptionID: idOf(number), PlanId: 'gold', Created: long, ...more }] });
  const follow = async (number: number) => {
    const live = await world.wap.wap.subscriptions.get(idOf(number));
    const { entries } = await followEvent(world.tools, anEvent(number, 'POST', live));
    for (const entry of entries)
      await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test' }));
  };
  const billed = (number: number, more: object = {}) =>
    world.billing.simulator.seed({ subscriptions: [{ key: idOf(number), offer: 'gold', ...more }] });

  it('finds nothing when all is well, with add-ons and what has ended', async () => {
    for (const number of [1, 2, 3]) {
      seed(number);
      await follow(number);
    }
    await world.wap.wap.subscriptions.buyAddOn(idOf(1), 'extra');
    const bought = { AddOnId: 'extra', AddOnInstanceId: null };
    const { entries } = await followEvent(world.tools, anEvent(9, 'POST', bought, { EntityParentId: idOf(1) }));
    for (const entry of entries)
      await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test' }));
    await world.billing.connection.subscriptions.cancel(idOf(3), '2026-01-01T00:00:00Z');
    await world.wap.wap.subscriptions.startDelete(idOf(3), true);
    const { short, report } = await run();
    assert.deepEqual(short, []);
    assert.deepEqual(report.counts, {
      plan: { wap: 2, mapped: 2 },
      addon: { wap: 1, mapped: 1 },
      subscription: { wap: 2, mapped: 3 },
      subscriptionAddon: { wap: 1, mapped: 1 },
    });
    assert.deepEqual([report.inBilling, report.whatToDo], [{ offers: 3, subscriptions: 4 }, []]);
  });

  it('sees no difference where a side writes an id in capitals', async () => {
    for (const number of [1, 2]) seed(number, { SubscriptionID: idOf(number).toUpperCase() });
    billed(1);
    const options = { ...reader(), rule: 'key' as const, dryRun: false, by: 'test' };
    assert.equal((await bootstrap(options)).mapped.subscription, 1);
    billed(2);
    const { id: billingId = '' } = world.billing.simulator.state.subscriptions.find(({ key }) => key === idOf(2)) ?? {};
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: idOf(2), billingId }, { by: 'test' }),
    );
    assert.deepEqual((await run()).short, []);
    assert.equal(
      (await world.mapping.store.transaction(tx => world.mapping.getByWapId(tx, 'subscription', idOf(1).toUpperCase())))
        .wapId,
      idOf(1),
    );
  });

  it('names an id that an older version mapped in two spellings', async () => {
    seed(1);
    await follow(1);
    const twin = statement(`INSERT INTO mapping (installation, target, kind, wap_id, wap_key, billing_id, billing_key,
      search_text, created_at, updated_at)
      VALUES (:installation, :target, 'subscription', :capitals, :id, 'x', 'x', '', 1, 1)`);
    const ids = { id: idOf(1), capitals: idOf(1).toUpperCase() };
    await world.mapping.store.transaction(tx => tx.change(twin, { ...world.mapping.scope, ...ids }));
    assert.deepEqual((await run()).short, [`subscription ${idOf(1)} differing: look`]);
  });

  it('names each kind of difference with what mends it', async () => {
    seed(1); // never arrived
    billed(2);
    seed(2); // only the pair is missing
    seed(3);
    await follow(3);
    await world.wap.wap.subscriptions.suspend(idOf(3));
    seed(4);
    await follow(4);
    await world.wap.wap.subscriptions.migrate(idOf(4), 'silver');
    seed(5);
    await follow(5);
    await world.wap.wap.subscriptions.startDelete(idOf(5), true);
    seed(6);
    await follow(6);
    await world.billing.connection.subscriptions.suspend(idOf(6), '2026-01-01T00:00:00Z');
    seed(7);
    await follow(7);
    await world.billing.connection.subscriptions.cancel(idOf(7), '2026-01-01T00:00:00Z');
    seed(8);
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: idOf(8), billingId: 'lost' }, { by: 'test' }),
    );
    billed(9); // nobody's
    seed(10);
    billed(10);
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: idOf(10), billingId: 'other' }, { by: 'test' }),
    );
    world.billing.simulator.seed({ offers: [{ key: 'extinct', name: 'Extinct', state: 'active' }] });
    world.wap.sim.seed({ plans: [{ Id: 'new', DisplayName: 'New', State: 1 }] });
    const { short, report } = await run();
    assert.deepEqual(short.sort(), [
      'plan extinct orphaned: look',
      'plan new missing: create',
      `subscription ${idOf(1)} missing: create`,
      `subscription ${idOf(2)} unmapped: map`,
      `subscription ${idOf(3)} differing: suspend`,
      `subscription ${idOf(4)} differing: changePlan`,
      `subscription ${idOf(5)} orphaned: cancel`,
      `subscription ${idOf(6)} differing: resume`,
      `subscription ${idOf(7)} differing: look`,
      `subscription ${idOf(8)} missing: create`,
      `subscription ${idOf(9)} orphaned: look`,
      `subscription ${idOf(10)} missing: remap`,
    ]);
    assert.deepEqual(report.differences.byWhat, { missing: 4, unmapped: 1, orphaned: 3, differing: 4 });
    assert.equal(report.whatToDo.length, 8);
  });

  describe('with a billing system that cannot do all', () => {
    const restart = async (more: object) => {
      await world.close();
      world = await tenantWorld({ templates: { ...defaultTemplates, ...more } });
    };

    it('compares plans and add-ons where it keeps no subscriptions', async () => {
      const { subscriptionRead: _read, ...templates } = defaultTemplates;
      await world.close();
      world = await tenantWorld({ templates });
      seed(1);
      world.wap.sim.seed({ plans: [{ Id: 'new', DisplayName: 'New', State: 1 }] });
      const { short, report } = await run();
      assert.deepEqual(short, ['plan new missing: create']);
      assert.deepEqual(report.notCompared, ['subscription', 'subscriptionAddon']);
    });

    it('leaves to a person what it has no template for', async () => {
      await restart({ subscriptionSuspend: null });
      seed(1, { State: 2 });
      await follow(1);
      const { short, report } = await run();
      assert.deepEqual(short, [`subscription ${idOf(1)} differing: look`]);
      assert.deepEqual([report.notSupported, report.notCompared], [['suspend'], []]);
    });
  });

  it('is mended by doing what the remedies say', async () => {
    seed(1);
    seed(3);
    seed(4);
    seed(5);
    seed(6);
    for (const number of [3, 4, 5]) await follow(number);
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: idOf(6), billingId: 'lost' }, { by: 'test' }),
    );
    await world.wap.wap.subscriptions.buyAddOn(idOf(4), 'extra');
    await world.wap.wap.subscriptions.suspend(idOf(3));
    await world.wap.wap.subscriptions.migrate(idOf(4), 'silver');
    await world.wap.wap.subscriptions.startDelete(idOf(5), true);
    const { found } = await run();
    assert.equal(found.length, 6);
    for (const { remedy, wapId: key, wap } of found) {
      const verb = remedy in tenantVerbs ? (remedy as keyof typeof tenantVerbs) : assert.fail(remedy);
      const request = { key: key ?? '', planId: wap?.offer ?? undefined, at: '2026-03-01T00:00:00.000Z' };
      const { entries } = await tenantVerbs[verb](world.tools, request);
      for (const entry of entries)
        await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test', replace: 'own' }));
    }
    assert.deepEqual((await run()).short, []);
  });

  it('reads back what it creates, and does not believe that it is there', async () => {
    seed(1);
    const { simulator } = world.billing;
    const body = { id: 'made-up', key: idOf(1), state: 'active', offer: 'gold' };
    simulator.faults.add({ kind: 'claim', method: 'POST', path: /^\/subscriptions/, status: 201, body, times: 9 });
    const created = tenantVerbs.create(world.tools, { key: idOf(1), at: '2026-03-01T00:00:00.000Z' });
    await assert.rejects(created, failsWith('BILLING_BAD_RESPONSE'));
  });

  describe('what WAP does not list', () => {
    const many = Array.from({ length: 20 }, (_, index) => index + 1);
    const followed = async () => {
      for (const number of many) {
        seed(number);
        await follow(number);
      }
    };
    const short = (body: object) =>
      world.wap.sim.faults.add({ kind: 'claim', path: /^\/subscriptions\?/, body, times: Number.POSITIVE_INFINITY });

    it('is asked for by its id, and is not orphaned when WAP has it', async () => {
      await followed();
      await world.wap.wap.subscriptions.buyAddOn(idOf(1), 'extra');
      const bought = { AddOnId: 'extra', AddOnInstanceId: null };
      const { entries } = await followEvent(world.tools, anEvent(90, 'POST', bought, { EntityParentId: idOf(1) }));
      for (const entry of entries)
        await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test' }));
      await world.mapping.store.transaction(tx => world.mapping.remove(tx, 'subscription', idOf(2), 'test')); // only billing has it
      short([]);
      world.wap.sim.faults.add({ kind: 'claim', path: '/plans', body: [] });
      world.wap.sim.faults.add({ kind: 'claim', path: '/addons', body: [] });
      const { short: told, report } = await run();
      assert.deepEqual(told, [`subscription ${idOf(2)} unmapped: map`]);
      assert.deepEqual([report.leftOut, report.stopped], [24, null]);
      assert.match(report.whatToDo[0] ?? '', /left out 24 that WAP has/);
    });

    it('is all there where WAP gives four at once and counts only those', async () => {
      await world.close();
      world = await tenantWorld({ wap: { listLimit: 4 } });
      await followed();
      const { short: told, report } = await run();
      assert.deepEqual([told, report.leftOut], [[], 0]);
    });

    it('stops all mending above the limit, says so, and below it goes on', async () => {
      await followed();
      seed(99);
      for (const number of many.slice(0, 5)) await world.wap.wap.subscriptions.startDelete(idOf(number), true);
      const { found, report } = await run();
      assert.deepEqual([found, report.differences.total, report.differences.sent], [[], 6, 0]);
      assert.deepEqual(report.stopped, { gone: 5, of: 21, limitPercent: 10 });
      assert.match(report.whatToDo[0] ?? '', /stopped: 5 of 21 are gone from WAP/);
      assert.equal((await run({ goneLimit: 25 })).found.length, 6);
    });

    it('never stops for three or fewer', async () => {
      seed(1);
      await follow(1);
      await world.wap.wap.subscriptions.startDelete(idOf(1), true);
      assert.deepEqual((await run({ goneLimit: 0 })).short, [`subscription ${idOf(1)} orphaned: cancel`]);
    });

    for (const [what, body] of [
      ['null', null],
      ['an object', { Message: 'no' }],
      ['HTML', '<html></html>'],
    ] as const)
      it(`is no reason for anything when the list is ${what}`, async () => {
        await followed();
        world.wap.sim.faults.add({ kind: 'claim', path: '/plans', body, times: Number.POSITIVE_INFINITY });
        await assert.rejects(run(), failsWith('WAP_BAD_RESPONSE'));
      });
  });

  it('counts all, sends so many, and leaves out what is young', async () => {
    for (const number of [1, 2, 3]) seed(number);
    const { found, report } = await run({ limit: 2 });
    assert.deepEqual([found.length, report.differences.sent, report.differences.total], [2, 2, 3]);
    seed(4, { Created: new Date(world.wap.clock.now() - 1000).toISOString() });
    assert.equal((await run({ graceMs: 60_000 })).found.length, 3);
  });

  it('leaves nothing in the store, also when it fails, and begins anew', async () => {
    seed(1);
    world.wap.sim.faults.add({ kind: 'status', status: 403, path: /^\/subscriptions/ });
    await assert.rejects(run(), failsWith('WAP_FORBIDDEN'));
    world.billing.simulator.faults.add({ kind: 'status', status: 403, path: /^\/subscriptions/ });
    await assert.rejects(run(), failsWith('BILLING_AUTH'));
    assert.equal((await run()).found.length, 1);
    const pair = { kind: 'subscription', billingKind: 'subscription', otherKind: 'subscriptionAddon' };
    assert.equal((await pagesOf(reader(), 'wap', pair).next()).done, true);
  });

  it('lets two at a time wait for each other', async () => {
    seed(1);
    const [one, other] = await Promise.all([run(), run()]);
    assert.deepEqual(one.short, other.short);
  });

  it('asks for each key by itself where billing cannot list, and sees all but what only billing has', async () => {
    await world.close();
    const { list: _offers, subscriptionList: _subscriptions, ...templates } = defaultTemplates;
    world = await tenantWorld({ templates });
    for (const number of [1, 2, 3, 4, 5]) seed(number);
    billed(2);
    for (const number of [3, 4, 5]) await follow(number);
    await world.wap.wap.subscriptions.suspend(idOf(3));
    for (const number of [4, 5]) await world.wap.wap.subscriptions.startDelete(idOf(number), true);
    await world.billing.connection.subscriptions.cancel(idOf(5), '2026-01-01T00:00:00Z');
    billed(9);
    const { short, report } = await run();
    assert.deepEqual(short.sort(), [
      `subscription ${idOf(1)} missing: create`,
      `subscription ${idOf(2)} unmapped: map`,
      `subscription ${idOf(3)} differing: suspend`,
      `subscription ${idOf(4)} orphaned: cancel`,
    ]);
    assert.deepEqual(
      [report.listed, report.inBilling],
      [
        { offers: false, subscriptions: false },
        { offers: 3, subscriptions: 4 },
      ],
    );
    const { mapped } = await bootstrap({ ...reader(), rule: 'key', dryRun: true, by: 'test' });
    assert.equal(mapped.subscription, 1);
  });

  describe('bootstrap', () => {
    const go = (rule: 'key' | 'name', dryRun = false) => bootstrap({ ...reader(), rule, dryRun, by: 'test' });
    beforeEach(async () => {
      for (const kind of ['plan', 'addon']) {
        for (const { wapId } of (await world.mapping.store.transaction(tx => world.mapping.list(tx, { kind }))).entries)
          await world.mapping.store.transaction(tx => world.mapping.remove(tx, kind, wapId, 'test'));
      }
    });

    it('maps what has the same key, and in a dry run only says so', async () => {
      seed(1);
      billed(1);
      const expected = { plan: 2, addon: 1, subscription: 1, subscriptionAddon: 0 };
      assert.deepEqual((await go('key', true)).mapped, expected);
      assert.equal((await world.mapping.store.transaction(tx => world.mapping.list(tx))).total, 0);
      assert.deepEqual((await go('key')).mapped, expected);
      assert.equal((await world.mapping.store.transaction(tx => world.mapping.list(tx))).total, 4);
      assert.deepEqual((await go('key')).mapped, { plan: 0, addon: 0, subscription: 0, subscriptionAddon: 0 });
      assert.deepEqual((await run()).short, []);
    });

    it('maps what has the same name once on each side', async () => {
      seed(1, { SubscriptionName: 'Anna' });
      for (const number of [2, 3]) seed(number, { SubscriptionName: 'Twins' });
      world.billing.simulator.seed({
        subscriptions: [
          { key: 'b-1', offer: 'gold', name: 'Anna' },
          { key: 'b-2', offer: 'gold', name: 'Twins' },
        ],
      });
      const report = await go('name');
      assert.deepEqual([report.mapped.subscription, report.ambiguous], [1, 2]);
      const { key } = world.billing.simulator.state.subscriptions.find(({ name }) => name === 'Anna') ?? assert.fail();
      assert.equal(key, 'b-1');
      const { billingId } = await world.mapping.store.transaction(tx =>
        world.mapping.getByWapId(tx, 'subscription', idOf(1)),
      );
      assert.equal(billingId, world.billing.simulator.state.subscriptions[0]?.id);
    });
  });
});
