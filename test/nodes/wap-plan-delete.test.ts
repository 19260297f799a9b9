import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-delete';
const nodes = [
  ...nodesOf(
    type,
    {
      original: {},
      plan: { which: 'plan' },
      anyPlan: { which: 'plan', allowPublic: true, allowSubscriptions: true },
      byId: { which: 'id', planId: 'payload', planIdType: 'msg' },
      addOnByEnv: { which: 'id', kind: '"add" & "on"', kindType: 'jsonata', planId: '${ADD_ON}', planIdType: 'str' },
      idUnset: { which: 'id', planId: '', planIdType: 'str' },
    },
    { connection: 'ok' },
  ),
  ...failingNodes(type, 1, { which: 'plan' }),
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { ADD_ON: 'more-id' } });
    world.wap.seed({ addons: [{ Id: 'more-id', DisplayName: 'More Databases' }] });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const known = (id: string) => world.wap.state.plans.find(({ Id }) => Id === id);

  /** A plan as WAP holds it. */
  function seeded(more: Properties = {}) {
    count += 1;
    const Id = `plan-${count}`;
    world.wap.seed({ plans: [{ Id, DisplayName: `Plan ${count}`, Price: '1', ...more }] });
    const plan = known(Id);
    assert.ok(plan);
    return plan;
  }

  const onMessage = (plan: { Id: string }, original?: { Id: string }) => ({
    wap: { kind: 'plan', plan, ...(original ? { original } : {}) },
  });

  it('deletes the original of an equal clone and takes it off the message', async () => {
    const original = seeded({ AddOnReferences: [{ AddOnId: 'more-id' }] });
    const clone = seeded({ AddOnReferences: [{ AddOnId: 'more-id' }] });
    const message = { ...onMessage(clone, original), topic: 'mine' };
    const { payload, wap, topic } = await bench.answer('original', message);
    assert.deepEqual([(payload as { Id: string }).Id, wap, topic], [original.Id, onMessage(clone).wap, 'mine']);
    assert.deepEqual([known(original.Id), known(clone.Id)?.Id], [undefined, clone.Id]);
    assert.deepEqual(await bench.tally('original'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('original'), `deleted ${original.DisplayName}`);
  });

  for (const [title, cloneOf] of [
    ['differs', () => seeded({ Price: '2' })],
    ['is gone', () => ({ Id: 'nobody' })],
  ] as const) {
    it(`refuses to delete the original when its clone ${title}`, async () => {
      const original = seeded();
      const { code, cause } = await bench.error('original', onMessage(cloneOf(), original));
      assert.deepEqual([code, cause.retryable], ['WAP_REFUSED', false]);
      assert.ok(known(original.Id));
    });
  }

  it('refuses an original that is its own clone', async () => {
    const plan = seeded();
    assert.equal((await bench.error('original', onMessage(plan, plan))).code, 'WAP_REFUSED');
    assert.ok(known(plan.Id));
  });

  it('deletes the plan of the message and takes msg.wap off', async () => {
    const plan = seeded();
    const answer = await bench.answer('plan', { ...onMessage(plan, seeded()), topic: 'mine' });
    assert.deepEqual(['wap' in answer, answer.topic, known(plan.Id)], [false, 'mine', undefined]);
  });

  for (const [title, state, subscribed] of [
    ['public', 1, false],
    ['with subscriptions', 0, true],
  ] as const) {
    it(`refuses a plan that is ${title}, unless that is allowed`, async () => {
      const plan = seeded({ State: state });
      const subscription = {
        PlanId: plan.Id,
        SubscriptionID: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`,
      };
      if (subscribed) world.wap.seed({ subscriptions: [subscription] });
      assert.equal((await bench.error('plan', onMessage(plan))).code, 'WAP_REFUSED');
      assert.ok(known(plan.Id));
      if (subscribed) return; // the simulator refuses it too
      await bench.answer('anyPlan', onMessage(plan));
      assert.equal(known(plan.Id), undefined);
    });
  }

  it('deletes by id from the source chosen in the dialog, and leaves other parts of msg.wap', async () => {
    const plan = seeded();
    const other = seeded();
    const { wap } = await bench.answer('byId', { ...onMessage(other), payload: plan.Id });
    assert.deepEqual([known(plan.Id), wap], [undefined, onMessage(other).wap]);
    const { payload } = await bench.answer('addOnByEnv');
    assert.equal((payload as { Id: string }).Id, 'more-id');
    assert.deepEqual(world.wap.state.addons, []);
  });

  it('counts a plan that WAP does not know any more as deleted', async () => {
    const { payload } = await bench.answer('byId', { ...onMessage(seeded()), payload: 'nobody' });
    assert.equal(payload, null);
  });

  it('deletes once when the answer is lost', async () => {
    const plan = seeded();
    world.wap.faults.add({ kind: 'reset-after', method: 'DELETE', path: `/plans/${plan.Id}` });
    assert.equal((await bench.error('plan', onMessage(plan))).code, 'WAP_NETWORK');
    assert.equal((await bench.answer('plan', onMessage(plan))).payload, null);
  });

  it('handles two messages at once without mixing them up', async () => {
    const [first, second] = [seeded(), seeded()];
    const held = world.wap.faults.add({ kind: 'hold', path: `/plans/${first.Id}` });
    const before = bench.sent('plan').length;
    await world.inject('plan', onMessage(first));
    await held.untilHit();
    await bench.answer('plan', onMessage(second));
    held.release();
    await world.message('plan 0', before + 2);
    const gone = bench.sent('plan').slice(before);
    assert.deepEqual(
      gone.map(({ payload }) => (payload as { Id: string }).Id),
      [second.Id, first.Id],
    );
  });

  for (const [id, message, subject] of [
    ['original', { wap: { kind: 'plan', plan: { Id: 'x' } } }, 'msg.wap.original'],
    ['plan', { wap: { kind: 'plan' } }, 'msg.wap.plan'],
    ['idUnset', { wap: { kind: 'plan', plan: { Id: 'x' } } }, 'planId'],
    ['plan', {}, 'kind'],
  ] as const) {
    it(`names ${subject} and asks nobody: ${id} ${JSON.stringify(message)}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], ['INPUT_MISSING', subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  failsClearly(
    () => bench,
    () => onMessage(known('plan-1') ?? seeded()),
  );
  bearsDeploy(
    () => bench,
    'plan',
    /^\/plans\//,
    () => onMessage(seeded()),
  );
});
