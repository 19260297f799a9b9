import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-publish';
const nodes = [
  ...nodesOf(
    type,
    {
      public: {},
      private: { planState: 'private' },
      decommissioned: { planState: 'decommissioned' },
      byId: { planId: 'payload', planIdType: 'msg', kind: 'plan', kindType: 'str' },
      addOnByEnv: { kind: '"add" & "on"', kindType: 'jsonata', planId: '${ADD_ON}', planIdType: 'str' },
      fromFlow: { planId: 'theId', planIdType: 'flow' },
      stateByEnv: { planState: '${WANTED_STATE:-public}' },
      oddState: { planState: 'sold' },
      newer: { settingsVersion: '99' },
    },
    { connection: 'ok' },
  ),
  ...nodesOf('function', { remember: { func: "flow.set('theId', msg.payload); return msg;", outputs: 1 } }),
  ...failingNodes(type),
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { ADD_ON: 'more-id', WANTED_STATE: 'decommissioned' } });
    world.wap.seed({ addons: [{ Id: 'more-id', DisplayName: 'More Databases' }] });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const stateOf = (id: string) => world.wap.state.plans.find(({ Id }) => Id === id)?.State;
  const sent = (id: string) => world.log.entries({ server: 'admin', method: 'PUT', path: `/plans/${id}` }).length;

  /** A private plan as WAP holds it, on a message. */
  function seeded(more: Properties = {}): { wap: { kind: 'plan'; plan: { Id: string; DisplayName: string } } } {
    count += 1;
    const plan = { Id: `plan-${count}`, DisplayName: `Plan ${count}` };
    world.wap.seed({ plans: [{ ...plan, State: 0, ...more }] });
    return { wap: { kind: 'plan', plan } };
  }

  it('makes the plan of the message public and leaves it as WAP shows it, keeping the rest', async () => {
    const message = { ...seeded({ Colour: 'blue' }), topic: 'mine' };
    const { payload, wap, topic } = await bench.answer('public', message);
    const plan = world.wap.state.plans.find(({ Id }) => Id === message.wap.plan.Id);
    assert.deepEqual([plan?.State, plan?.Colour], [1, 'blue']);
    assert.deepEqual([payload, wap, topic], [plan, { kind: 'plan', plan }, 'mine']);
    assert.deepEqual(await bench.tally('public'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('public'), `${message.wap.plan.DisplayName}: public`);
  });

  for (const [id, state] of [
    ['public', 1],
    ['private', 0],
    ['decommissioned', 2],
    ['stateByEnv', 2],
  ] as const) {
    it(`leaves a plan with the state ${state} by "${id}", and sends nothing when it has it`, async () => {
      const message = seeded({ State: state === 0 ? 1 : 0 });
      const { Id } = message.wap.plan;
      await bench.answer(id, message);
      assert.deepEqual([stateOf(Id), sent(Id)], [state, 1]);
      await bench.answer(id, message);
      assert.deepEqual([stateOf(Id), sent(Id)], [state, 1]);
    });
  }

  it('takes kind and id from where the dialog says', async () => {
    const { wap } = seeded();
    await bench.answer('byId', { payload: wap.plan.Id });
    await bench.answer('addOnByEnv');
    assert.deepEqual([stateOf(wap.plan.Id), world.wap.state.addons[0]?.State], [1, 1]);
    const other = seeded();
    await bench.answer('remember', { payload: other.wap.plan.Id });
    await bench.answer('fromFlow', { wap: { kind: 'plan' } });
    assert.equal(stateOf(other.wap.plan.Id), 1);
  });

  it('keeps the original of a clone on the message', async () => {
    const original = { Id: 'gone', DisplayName: 'Gone' };
    const { wap } = await bench.answer('public', { wap: { ...seeded().wap, original } });
    assert.deepEqual((wap as Properties).original, original);
  });

  it('finds out that the change was made when its answer is lost', async () => {
    const message = seeded();
    const { Id } = message.wap.plan;
    world.wap.faults.add({ kind: 'reset-after', method: 'PUT', path: `/plans/${Id}` });
    assert.equal((await bench.error('public', message)).code, 'WAP_NETWORK');
    await bench.answer('public', message);
    assert.deepEqual([stateOf(Id), sent(Id)], [1, 1]);
  });

  it('gives Catch WAP_NOT_FOUND for a plan that WAP does not know', async () => {
    const { code, cause } = await bench.error('byId', { payload: 'nobody' });
    assert.deepEqual([code, cause.retryable], ['WAP_NOT_FOUND', false]);
  });

  it('handles two messages at once without mixing them up', async () => {
    const [first, second] = [seeded(), seeded()];
    const held = world.wap.faults.add({ kind: 'hold', path: `/plans/${first.wap.plan.Id}` });
    const before = bench.sent('public').length;
    await world.inject('public', first);
    await held.untilHit();
    await bench.answer('public', second);
    held.release();
    await world.message('public 0', before + 2);
    const ids = bench.sent('public').slice(before);
    assert.deepEqual(
      ids.map(({ payload }) => (payload as { Id: string }).Id),
      [second.wap.plan.Id, first.wap.plan.Id],
    );
  });

  for (const [id, message, code, subject] of [
    ['public', { wap: { kind: 'plan' } }, 'INPUT_MISSING', 'planId'],
    ['public', {}, 'INPUT_MISSING', 'kind'],
    ['public', { wap: { kind: 'pack', plan: { Id: 'x' } } }, 'INPUT_INVALID', 'kind'],
    ['oddState', { wap: { kind: 'plan', plan: { Id: 'x' } } }, 'INPUT_INVALID', 'planState'],
  ] as const) {
    it(`names ${subject} and asks nobody: ${id} ${JSON.stringify(message)}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  it('does nothing with settings that a newer version saved, and says so', async () => {
    const message = seeded();
    const error = await bench.error('newer', message);
    assert.equal(error.code, 'INPUT_CONFIG');
    assert.match(error.message, /A newer version of this package saved this node/);
    assert.equal(sent(message.wap.plan.Id), 0);
  });

  failsClearly(
    () => bench,
    () => seeded(),
  );
  bearsDeploy(
    () => bench,
    'public',
    /^\/plans\//,
    () => seeded(),
  );
});
