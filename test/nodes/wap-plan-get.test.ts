import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-get';
const nodes = [
  ...nodesOf(
    type,
    {
      get: {},
      byName: { kind: 'plan', kindType: 'str', planId: 'payload', planIdType: 'msg' },
      byEnv: { kind: 'PLAN_KIND', kindType: 'env', planId: '${PLAN_NAME}', planIdType: 'str' },
      byExpression: { kind: 'addon', kindType: 'str', planId: '"More " & payload', planIdType: 'jsonata' },
      endless: { kind: 'plan', kindType: 'str', planId: '($f := function(){ $f() }; $f())', planIdType: 'jsonata' },
      deep: { kind: 'plan', kindType: 'str', planId: '($f := function(){ 1 + $f() }; $f())', planIdType: 'jsonata' },
      meanwhile: { kind: 'plan', kindType: 'str', planId: 'Gold', planIdType: 'str' },
      list: { mode: 'list', kind: 'payload', kindType: 'msg' },
      filtered: {
        ...{ mode: 'list', kind: 'plan', kindType: 'str', planState: 'public', configured: 'yes' },
        ...{ nameContains: 'part', nameContainsType: 'msg' },
      },
    },
    { outputs: 2, connection: 'ok' },
  ),
  ...failingNodes(type, 2),
];

const gold = { kind: 'plan', plan: { Id: 'gold-id' } };
const names = (payload: unknown) => (payload as Array<{ DisplayName: string }>).map(plan => plan.DisplayName);

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { PLAN_KIND: 'plan', PLAN_NAME: 'Gold' } });
    const quota = { ServiceName: 'sqlservers', ServiceInstanceId: '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11' };
    world.wap.seed({
      addons: [{ Id: 'more-id', DisplayName: 'More Databases' }],
      plans: [
        {
          Id: 'gold-id',
          DisplayName: 'Gold',
          State: 1,
          ServiceQuotas: [{ ...quota, Settings: [{ Key: 'a', Value: '1' }] }],
        },
        { Id: 'old-gold-id', DisplayName: 'Old Gold', State: 2 },
        { Id: 'marigold-id', DisplayName: 'Marigold', State: 1 },
        { Id: 'silver-id', DisplayName: 'Silver' },
      ],
    });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  for (const [id, words] of [
    ['endless', /worked for more than 5 s/],
    ['deep', /goes deeper than 50000 steps/],
  ] as const)
    it(`ends an expression that never ends (${id}), while other messages go on`, async () => {
      const failed = bench.error(id);
      assert.ok((await bench.answer('meanwhile')).payload);
      const { code, message } = await failed;
      assert.equal(code, 'INPUT_INVALID');
      assert.match(message, words);
    }).timeout(60_000);

  it('reads the plan of the message as WAP shows it now, keeping the rest', async () => {
    const { payload, wap, topic } = await bench.answer('get', {
      wap: { ...gold, original: { Id: 'x' } },
      topic: 'mine',
    });
    const plan = world.wap.state.plans.find(({ Id }) => Id === 'gold-id');
    assert.deepEqual([payload, wap, topic], [plan, { kind: 'plan', plan, original: { Id: 'x' } }, 'mine']);
    assert.deepEqual(await bench.tally('get'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('get'), 'Gold');
  });

  for (const [id, message, found] of [
    ['byName', { payload: 'Gold' }, 'gold-id'],
    ['byName', { payload: 'silver-id' }, 'silver-id'],
    ['byEnv', {}, 'gold-id'],
    ['byExpression', { payload: 'Databases' }, 'more-id'],
  ] as const) {
    it(`finds ${found} by ${id} ${JSON.stringify(message)}`, async () => {
      const { payload } = await bench.answer(id, message);
      assert.equal((payload as { Id: string }).Id, found);
    });
  }

  it('sends what is not there to its own output with an empty payload', async () => {
    const message = await bench.answer('byName', { payload: 'Platinum', wap: gold }, 1);
    assert.deepEqual([message.payload, message.wap], [null, gold]);
    assert.equal(bench.status('byName'), 'not found: Platinum');
  });

  it('lists all plans, or all add-ons, and leaves msg.wap alone', async () => {
    const plans = await bench.answer('list', { payload: 'plan', wap: gold });
    assert.deepEqual(names(plans.payload), ['Gold', 'Old Gold', 'Marigold', 'Silver']);
    assert.deepEqual(plans.wap, gold);
    assert.deepEqual(names((await bench.answer('list', { payload: 'addon' })).payload), ['More Databases']);
    assert.equal(bench.status('list'), '1 listed');
  });

  it('filters a list by state, configuration and part of the name', async () => {
    assert.deepEqual(names((await bench.answer('filtered', { part: 'GOLD' })).payload), ['Gold']);
    assert.deepEqual(names((await bench.answer('filtered')).payload), ['Gold']);
    assert.deepEqual((await bench.answer('filtered', { part: 'Silver' })).payload, []);
  });

  it('handles two messages at once without mixing them up', async () => {
    const held = world.wap.faults.add({ kind: 'hold', path: '/plans/gold-id' });
    const before = bench.sent('byName').length;
    await world.inject('byName', { payload: 'gold-id' });
    await held.untilHit();
    await bench.answer('byName', { payload: 'silver-id' });
    held.release();
    await world.message('byName 0', before + 2);
    const ids = bench.sent('byName').slice(before);
    assert.deepEqual(
      ids.map(({ payload }) => (payload as { Id: string }).Id),
      ['silver-id', 'gold-id'],
    );
  });

  for (const [title, message, code, subject] of [
    ['the message holds no plan', { payload: 1 }, 'INPUT_MISSING', 'kind'],
    ['the plan has no id', { wap: { kind: 'plan', plan: {} } }, 'INPUT_MISSING', 'planId'],
    ['the kind is neither plan nor add-on', { wap: { ...gold, kind: 'pack' } }, 'INPUT_INVALID', 'kind'],
    ['the id is an object', { wap: { kind: 'plan', plan: { Id: {} } } }, 'INPUT_INVALID', 'planId'],
  ] as const) {
    it(`names the field and asks nobody when ${title}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error('get', message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  failsClearly(
    () => bench,
    () => ({ wap: gold }),
  );
  bearsDeploy(
    () => bench,
    'get',
    '/plans/gold-id',
    () => ({ wap: gold }),
  );
});
