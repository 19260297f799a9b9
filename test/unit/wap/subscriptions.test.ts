import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deleteSubscription } from '../../../lib/wap/subscriptions/delete-subscription';
import { readPage, readSubscription } from '../../../lib/wap/subscriptions/read-subscription';
import type { SubscriptionFilter } from '../../../lib/wap/subscriptions/subscription-pages';
import { holds } from '../../harness/property';
import { failure, startWorld, type World } from './world';

const id = 'aaaaaaaa-0000-0000-0000-000000000001';
const addon = { Id: 'extra', DisplayName: 'Extra', MaxOccurrencesPerPlan: 3 };
const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };
const plans = [
  { Id: 'gold', DisplayName: 'Gold', State: 1, AddOnReferences: [link] },
  { Id: 'silver', DisplayName: 'Silver', State: 1 },
];

describe('subscriptions of WAP', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    world.sim.seed({ addons: [addon], plans, subscriptions: [{ SubscriptionID: id, PlanId: 'gold' }] });
  });
  afterEach(() => world.close());
  const held = () => world.sim.state.subscriptions.find(each => each.SubscriptionID === id);
  const ask = () => world.wap.subscriptions;

  it('gets one, and says when WAP does not know it', async () => {
    assert.equal((await ask().get(id)).PlanId, 'gold');
    assert.equal(await ask().find('nobody'), null);
    await failure(ask().get('nobody'), 'WAP_NOT_FOUND');
    await failure(ask().get(' '), 'INPUT_INVALID');
  });

  it('suspends and activates, each also a second time', async () => {
    for (const state of [2, 2]) assert.equal((await ask().suspend(id)).State, state);
    for (const state of [1, 1]) assert.equal((await ask().activate(id)).State, state);
    await failure(ask().suspend('nobody'), 'WAP_NOT_FOUND');
  });

  it('migrates to another plan with migrate=True', async () => {
    assert.equal((await ask().migrate(id, 'silver')).PlanId, 'silver');
    assert.deepEqual(world.writes(), [`PATCH /subscriptions/${id}?migrate=True`]);
    await failure(ask().migrate(id, 'nowhere'), 'WAP_NOT_FOUND');
  });

  for (const kind of ['reset-after', 'cut-json', 'reset-before'] as const)
    it(`suspends once although the answer is lost (${kind})`, async () => {
      world.sim.faults.add({ kind, method: 'PATCH', path: /subscriptions/ });
      assert.equal((await ask().suspend(id)).State, 2);
      assert.equal(world.sim.state.events.filter(event => event.Method === 'PATCH').length, 1);
    });

  it('buys an instance each time and drops the one named', async () => {
    const one = await ask().buyAddOn(id, 'extra');
    const other = await ask().buyAddOn(id, 'extra');
    assert.notEqual(one.AddOnInstanceId, other.AddOnInstanceId);
    assert.equal(await ask().dropAddOn(id, 'extra', String(one.AddOnInstanceId)), true);
    assert.equal(await ask().dropAddOn(id, 'extra', String(one.AddOnInstanceId)), false);
    assert.deepEqual(
      held()?.AddOnReferences.map(reference => reference.AddOnInstanceId),
      [other.AddOnInstanceId],
    );
  });

  for (const kind of ['reset-after', 'cut-json', 'reset-before'] as const)
    it(`buys one instance although the answer is lost (${kind})`, async () => {
      await ask().buyAddOn(id, 'extra');
      world.sim.faults.add({ kind, method: 'POST', path: /addons$/ });
      const bought = await ask().buyAddOn(id, 'extra');
      assert.equal(held()?.AddOnReferences.length, 2);
      assert.equal(held()?.AddOnReferences[1]?.AddOnInstanceId, bought.AddOnInstanceId);
    });

  it('buys two when two are asked for at the same time, though both answers are lost', async () => {
    world.sim.faults.add({ kind: 'reset-after', method: 'POST', path: /addons$/, times: 2 });
    const bought = await Promise.all([ask().buyAddOn(id, 'extra'), ask().buyAddOn(id, 'extra')]);
    assert.equal(new Set(bought.map(reference => reference.AddOnInstanceId)).size, 2);
    assert.equal(held()?.AddOnReferences.length, 2);
  });

  it('refuses an add-on that was bought as often as it may be', async () => {
    for (let count = 0; count < 3; count += 1) await ask().buyAddOn(id, 'extra');
    await failure(ask().buyAddOn(id, 'extra'), 'WAP_CONFLICT');
  });

  describe('when WAP says done and does nothing', () => {
    const lie = (method: string, path: RegExp, body?: unknown) =>
      world.sim.faults.add({ kind: 'claim', method, path, body, times: Number.POSITIVE_INFINITY });
    const shown = () => world.sim.state.subscriptions.find(each => each.SubscriptionID === id);

    for (const [what, call] of [
      ['suspend', () => ask().suspend(id)],
      ['migrate', () => ask().migrate(id, 'silver')],
    ] as const)
      it(`${what} is not believed`, async () => {
        lie('PATCH', /subscriptions/, { ...shown(), State: 2, PlanId: 'silver' });
        const error = await failure(call(), 'WAP_BAD_RESPONSE');
        assert.match(error.message, /does not show it/);
      });

    for (const status of [200, 404])
      it(`dropping an add-on is not believed (${status})`, async () => {
        const { AddOnInstanceId } = await ask().buyAddOn(id, 'extra');
        world.sim.faults.add({ kind: 'claim', method: 'DELETE', path: /addons/, status, times: 9 });
        await failure(ask().dropAddOn(id, 'extra', String(AddOnInstanceId)), 'WAP_BAD_RESPONSE');
      });

    it('a purchase is not believed, and not made a second time', async () => {
      const body = { AddOnId: 'extra', AddOnInstanceId: 'made-up', AcquisitionTime: '2026-01-01T00:00:00Z' };
      const fault = lie('POST', /addons$/, body);
      await failure(ask().buyAddOn(id, 'extra'), 'WAP_CONFLICT');
      assert.equal(fault.hits, 1);
    });

    it('a deletion is not believed before the subscription is gone', async () => {
      world.sim.faults.add({ kind: 'claim', method: 'DELETE', path: /subscriptions/, status: 404 });
      const options = { force: false, allowAddOns: false, deadlineAt: world.clock.now(), intervalMs: 500 };
      assert.equal((await deleteSubscription(ask(), world.clock, id, options)).outcome, 'late');
    });

    it('the add-ons of a subscription are not none because the answer leaves them out', async () => {
      world.sim.faults.add({ kind: 'claim', path: /subscriptions/, body: { SubscriptionID: id, State: 1 } });
      await failure(ask().instances(id), 'WAP_BAD_RESPONSE');
      assert.deepEqual(await ask().instances(id), []);
      assert.equal(await ask().instances('nobody'), null);
    });
  });

  describe('deleting', () => {
    const go = (more: object = {}) =>
      deleteSubscription(ask(), world.clock, id, {
        ...{ force: false, allowAddOns: false, deadlineAt: world.clock.now() + 60_000, intervalMs: 500 },
        ...more,
      });

    it('waits until it is gone, and counts one that is not there as deleted', async () => {
      const { outcome, subscription } = await go();
      assert.deepEqual([outcome, subscription?.PlanId, held()], ['gone', 'gold', undefined]);
      assert.equal((await go()).outcome, 'absent');
    });

    it('says late at the deadline, and finds it gone when it is asked again', async () => {
      const { outcome, subscription } = await go({ deadlineAt: world.clock.now() });
      assert.deepEqual([outcome, subscription?.State], ['late', 3]);
      assert.equal((await go()).outcome, 'gone');
    });

    it('refuses one with add-ons unless allowed', async () => {
      await ask().buyAddOn(id, 'extra');
      const error = await failure(go(), 'WAP_REFUSED');
      assert.match(error.message, /1 add-on\. Remedy/);
      assert.equal(held()?.State, 1);
      assert.equal((await go({ allowAddOns: true })).outcome, 'gone');
    });

    it('ends when it is told to', async () => {
      await failure(go({ signal: AbortSignal.abort() }), 'ABORTED');
    });
  });

  describe('listing', () => {
    const ids = async (filter: SubscriptionFilter = {}, pageSize = 7) => {
      const found: string[] = [];
      for await (const page of ask().pages(filter, { pageSize })) found.push(...page.map(item => item.SubscriptionID));
      return found;
    };

    it('gives all, each once, whatever the size of the pages', async () => {
      world.sim.seed({ herd: { count: 41, addOnIds: ['extra'] } });
      const all = world.sim.state.subscriptions.map(item => item.SubscriptionID).sort();
      for (const size of [2, 7, 41, 42, 43, 500]) assert.deepEqual((await ids({}, size)).sort(), all, `${size}`);
    });

    for (const listLimit of [1, 2, 4])
      it(`reads on when WAP gives ${listLimit} at once and counts only those`, async () => {
        const small = await startWorld({ listLimit });
        small.sim.seed({ addons: [addon], plans, herd: { count: 20 } });
        const found: string[] = [];
        for await (const page of small.wap.subscriptions.pages({}))
          found.push(...page.map(item => item.SubscriptionID));
        const all = small.sim.state.subscriptions.map(item => item.SubscriptionID);
        await small.close();
        assert.deepEqual(found.sort(), all.sort());
      });

    it('takes a whole list that does not heed skip once', async () => {
      world.sim.seed({ herd: { count: 5 } });
      const body = world.sim.state.subscriptions;
      world.sim.faults.add({ kind: 'claim', path: /^\/subscriptions\?/, times: Number.POSITIVE_INFINITY, body });
      assert.equal((await ids()).length, 6);
    });

    it('does not take a list for all that ends before its count', async () => {
      world.sim.seed({ herd: { count: 5 } });
      const [first] = world.sim.state.subscriptions;
      const counts = { filteredTotalCount: 6, totalCount: 6 };
      world.sim.faults.add({ kind: 'claim', path: /skip=0&/, body: { items: [first], ...counts } });
      world.sim.faults.add({ kind: 'claim', path: /skip=1&/, body: { items: [], ...counts } });
      const error = await failure(ids(), 'WAP_BAD_RESPONSE');
      assert.match(error.message, /WAP counts 6 subscriptions, but its list ends after 1/);
    });

    for (const [what, body] of [
      ['null', null],
      ['an object', {}],
      ['an error as an object', { Code: 'Denied', Message: 'no' }],
      ['null for its items', { items: null, filteredTotalCount: 0, totalCount: 0 }],
      ['nothing', undefined],
      ['a page of HTML', '<html><body>Sign in</body></html>'],
    ] as const)
      it(`does not take ${what} for an empty list`, async () => {
        world.sim.faults.add({ kind: 'claim', path: /^\/subscriptions\?/, times: Number.POSITIVE_INFINITY, body });
        await failure(ids(), 'WAP_BAD_RESPONSE');
      });

    it('narrows by plan, add-on, user and state together', async () => {
      world.sim.seed({ herd: { count: 41, addOnIds: ['extra'], users: 3 } });
      await ask().suspend(id);
      const { subscriptions } = world.sim.state;
      const count = async (filter: SubscriptionFilter) => (await ids(filter)).length;
      assert.equal(await count({ planId: 'silver' }), subscriptions.filter(item => item.PlanId === 'silver').length);
      assert.equal(await count({ addOnId: 'extra' }), 6);
      assert.equal(await count({ userId: 'USER1@herd.example' }), 14);
      assert.deepEqual(await ids({ state: 'suspended', planId: 'gold' }), [id]);
      assert.equal(await count({ planId: 'nowhere' }), 0);
    });

    it('misses none and repeats none while others are deleted and added', async () => {
      await holds(
        'listing: misses none and repeats none while others are deleted and added',
        fc.asyncProperty(
          fc.integer({ min: 2, max: 9 }),
          fc.array(fc.tuple(fc.boolean(), fc.nat(50)), { maxLength: 12 }),
          async (pageSize, changes) => {
            const small = await startWorld({ subscriptionDeleteMs: 0 });
            try {
              small.sim.seed({ addons: [addon], plans, herd: { count: 30 } });
              const stays = new Set(small.sim.state.subscriptions.map(item => item.SubscriptionID));
              const found: string[] = [];
              const left = [...changes];
              for await (const page of small.wap.subscriptions.pages({}, { pageSize })) {
                found.push(...page.map(item => item.SubscriptionID));
                const [deletes, place] = left.shift() ?? [false, 0];
                const victim = small.sim.state.subscriptions[place];
                if (deletes && victim) {
                  await small.wap.subscriptions.startDelete(victim.SubscriptionID, true);
                  stays.delete(victim.SubscriptionID);
                } else if (place % 2 === 1) small.sim.seed({ subscriptions: [{ PlanId: 'gold' }] });
              }
              assert.deepEqual(
                [...stays].filter(each => !found.includes(each)),
                [],
              );
              assert.equal(new Set(found).size, found.length);
            } finally {
              await small.close();
            }
          },
        ),
        { numRuns: 25 },
      );
    }).timeout(60_000);
  });

  it('reads what the pages write differently', () => {
    const read = readSubscription({ SubscriptionId: id, AddOns: null, State: '2', Extra: { kept: true } }, 'it');
    assert.deepEqual(
      [read.SubscriptionID, read.AddOnReferences, read.CoAdminNames, read.State, read.Extra],
      [id, [], [], 2, { kept: true }],
    );
    assert.equal(readPage([{ SubscriptionID: id }], 'list', readSubscription).items.length, 1);
    const counts = { items: [], filteredTotalCount: null, totalCount: null };
    assert.deepEqual(readPage(counts, 'list', readSubscription), counts);
    assert.throws(() => readSubscription({ SubscriptionID: 7 }, 'it'), { code: 'WAP_BAD_RESPONSE' });
  });
});
