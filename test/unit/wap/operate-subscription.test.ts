import assert from 'node:assert/strict';
import {
  findPurchase,
  partsOf,
  type SubscriptionRequest,
  subscriptionOperations,
} from '../../../lib/wap/subscriptions/operate-subscription';
import { failure, startWorld, type World } from './world';

const id = 'aaaaaaaa-0000-0000-0000-000000000001';
const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };

type Name = keyof typeof subscriptionOperations;

describe('an operation on one subscription', () => {
  let world: World;
  beforeEach(async () => {
    // Deletions wait by the system's clock.
    world = await startWorld({ subscriptionDeleteMs: 0 });
    world.sim.seed({
      addons: [{ Id: 'extra', DisplayName: 'Extra', MaxOccurrencesPerPlan: 3 }],
      plans: [
        { Id: 'gold', DisplayName: 'Gold', State: 1, AddOnReferences: [link] },
        { Id: 'silver', DisplayName: 'Silver', State: 1 },
      ],
      subscriptions: [{ SubscriptionID: id, PlanId: 'gold' }],
    });
  });
  afterEach(() => world.close());

  const request = (more: Partial<SubscriptionRequest>): SubscriptionRequest => ({
    ...{ subscriptionId: id, force: false, allowAddOns: false, deadlineAt: Date.now() + 60_000, intervalMs: 10 },
    ...more,
  });
  const operate = (name: Name, more: Partial<SubscriptionRequest> = {}) =>
    subscriptionOperations[name](world.wap.subscriptions, request(more), {});
  const bought = () =>
    world.sim.state.subscriptions.flatMap(({ AddOnReferences }) => AddOnReferences).map(one => one.AddOnInstanceId);

  for (const [name, more, shown] of [
    ['get', {}, { State: 1, PlanId: 'gold' }],
    ['suspend', {}, { State: 2, PlanId: 'gold' }],
    ['activate', {}, { State: 1, PlanId: 'gold' }],
    ['migrate', { targetPlanId: 'silver' }, { State: 1, PlanId: 'silver' }],
  ] as const)
    it(`${name} answers with the subscription as it is then`, async () => {
      const { output, payload, subscription } = await operate(name, more);
      assert.equal(output, 'done');
      assert.equal(payload, subscription);
      assert.deepEqual({ State: subscription?.State, PlanId: subscription?.PlanId }, shown);
    });

  for (const [name, more] of [
    ['get', {}],
    ['suspend', {}],
    ['activate', {}],
    ['migrate', { targetPlanId: 'silver' }],
    ['addOnAdd', { addOnId: 'extra' }],
  ] as const)
    it(`${name} says so when WAP does not know the subscription`, async () => {
      const answer = await operate(name, { ...more, subscriptionId: 'nobody' });
      assert.deepEqual(answer, { output: 'notFound', payload: null, subscription: null });
    });

  for (const [name, more, field] of [
    ['get', { subscriptionId: undefined }, 'subscriptionId'],
    ['delete', { subscriptionId: '' }, 'subscriptionId'],
    ['migrate', {}, 'targetPlanId'],
    ['addOnAdd', {}, 'addOnId'],
    ['addOnDrop', { addOnId: 'extra' }, 'addOnInstanceId'],
  ] as const)
    it(`${name} names ${field} when it is missing, and changes nothing`, async () => {
      const { cause } = await failure(operate(name, more), 'INPUT_MISSING');
      assert.equal(cause.subject, field);
      assert.deepEqual(world.writes(), []);
    });

  for (const [name, more] of [
    ['migrate', { targetPlanId: 'nowhere' }],
    ['addOnAdd', { addOnId: 'nothing' }],
  ] as const)
    it(`${name} fails when WAP knows the subscription but not what is named with it`, async () => {
      await failure(operate(name, more), 'WAP_NOT_FOUND');
    });

  it('buys an add-on and drops that instance, which is absent the second time', async () => {
    const { payload, subscription } = await operate('addOnAdd', { addOnId: 'extra' });
    const [instance] = bought();
    assert.ok(instance);
    assert.equal(typeof payload === 'object' && payload && Reflect.get(payload, 'AddOnInstanceId'), instance);
    assert.deepEqual(
      subscription?.AddOnReferences.map(({ AddOnId }) => AddOnId),
      ['extra'],
    );
    const named = { addOnId: 'extra', addOnInstanceId: instance };
    for (const outcome of ['dropped', 'absent']) {
      const dropped = await operate('addOnDrop', named);
      assert.deepEqual(dropped.payload, { outcome, AddOnId: 'extra', AddOnInstanceId: instance });
      assert.deepEqual([dropped.output, dropped.subscription?.AddOnReferences], ['done', []]);
    }
    assert.deepEqual(bought(), []);
  });

  it('deletes, and counts one that is gone as deleted', async () => {
    const gone = await operate('delete');
    assert.deepEqual([gone.output, gone.subscription, world.sim.state.subscriptions], ['done', null, []]);
    assert.deepEqual(await operate('delete'), {
      ...{ output: 'done', payload: { outcome: 'absent', subscription: null }, subscription: null },
    });
  });

  it('shows the subscription that WAP still has at the deadline', async () => {
    world.sim.faults.add({ kind: 'claim', method: 'DELETE', path: /subscriptions/, status: 202 });
    const { output, payload, subscription } = await operate('delete', { deadlineAt: 0 });
    assert.deepEqual([output, subscription?.SubscriptionID], ['late', id]);
    assert.deepEqual(payload, { outcome: 'late', subscription });
  });

  it('finds the purchase that an interruption left without its answer', async () => {
    const find = (more: Partial<SubscriptionRequest>) =>
      findPurchase(world.wap.subscriptions, request({ addOnId: 'extra', ...more }), 0, {});
    assert.equal(await find({}), null);
    assert.equal(await find({ subscriptionId: 'nobody' }), null);
    await operate('addOnAdd', { addOnId: 'extra' });
    const found = await find({});
    assert.equal(found?.output, 'done');
    assert.equal(Reflect.get(Object(found?.payload), 'AddOnInstanceId'), bought()[0]);
    assert.equal(found?.subscription?.SubscriptionID, id);
  });
});

describe('pages of a list in messages', () => {
  const parts = async (...pages: number[][]) => {
    async function* list() {
      yield* pages;
    }
    const found: unknown[] = [];
    for await (const part of partsOf(list())) found.push(part);
    return found;
  };

  it('say at the last one how many there are', async () => {
    assert.deepEqual(await parts([1, 2], [3]), [
      { items: [1, 2], part: { index: 0 } },
      { items: [3], part: { index: 1, count: 2 } },
    ]);
  });

  it('are one empty message when there is none', async () => {
    assert.deepEqual(await parts(), [{ items: [], part: { index: 0, count: 1 } }]);
  });
});
