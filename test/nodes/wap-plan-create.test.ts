import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-create';
const byName = { displayName: 'payload', displayNameType: 'msg' };
const nodes = [
  ...nodesOf(
    type,
    {
      create: byName,
      use: { ...byName, ifExists: 'use' },
      useAddOn: { ...byName, kind: 'addon', kindType: 'str', ifExists: 'use' },
      typed: {
        ...{ kind: 'PLAN_KIND', kindType: 'env', displayName: '"New " & payload', displayNameType: 'jsonata' },
        ...{ description: 'for ${AUDIENCE:-all}', descriptionType: 'str', language: '${PLAN_LANGUAGE}' },
        ...{ price: 'price', priceType: 'flow', invitationCode: 'code', invitationCodeType: 'global' },
      },
      addonWithCode: { ...byName, kind: 'addon', kindType: 'str', invitationCode: 'x', invitationCodeType: 'str' },
      noVariable: { ...byName, language: '${NO_SUCH_VARIABLE}' },
    },
    { connection: 'ok' },
  ),
  ...failingNodes(type, 1, byName),
  {
    ...{ id: 'shelf', type: 'change', z: 'tab', x: 100, y: 200, wires: [[]] },
    rules: [
      { t: 'set', p: 'price', pt: 'flow', to: 'payload', tot: 'msg' },
      { t: 'set', p: 'code', pt: 'global', to: 'topic', tot: 'msg' },
    ],
  },
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { PLAN_KIND: 'plan', PLAN_LANGUAGE: 'es-es' } });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const plansNamed = (name: string) => world.wap.state.plans.filter(({ DisplayName }) => DisplayName === name);

  it('creates a private plan and leaves it for the next node, keeping the rest', async () => {
    const { payload, wap, topic } = await bench.answer('create', { payload: 'Gold', topic: 'mine' });
    const [plan] = plansNamed('Gold');
    assert.deepEqual([payload, wap, topic], [plan, { kind: 'plan', plan }, 'mine']);
    assert.deepEqual([plan?.State, plan?.ConfigState, plan?.Price, plan?.InvitationCode], [0, 0, null, null]);
    assert.deepEqual(plan?.Advertisements, [{ LanguageCode: 'en-us', DisplayName: 'Gold', Description: null }]);
    assert.deepEqual(await bench.tally('create'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('create'), 'created Gold');
  });

  it('creates an add-on when that is chosen', async () => {
    const { wap } = await bench.answer('useAddOn', { payload: 'More Databases' });
    const [addOn] = world.wap.state.addons;
    assert.deepEqual([wap, addOn?.DisplayName, addOn?.State], [{ kind: 'addon', plan: addOn }, 'More Databases', 0]);
  });

  it('takes each field from the source chosen in the dialog', async () => {
    await world.inject('shelf', { payload: '7 EUR', topic: 'secret-code' });
    await bench.answer('typed', { payload: 'Bronze' });
    const [plan] = plansNamed('New Bronze');
    assert.deepEqual([plan?.Price, plan?.InvitationCode], ['7 EUR', 'secret-code']);
    const advertisement = { LanguageCode: 'es-es', DisplayName: 'New Bronze', Description: 'for all' };
    assert.deepEqual(plan?.Advertisements, [advertisement]);
  });

  it('stops with a conflict when the name is taken, and leaves the other alone', async () => {
    world.wap.seed({ plans: [{ Id: 'taken-id', DisplayName: 'Taken' }] });
    const { code, cause } = await bench.error('create', { payload: 'Taken' });
    assert.deepEqual([code, cause.retryable], ['WAP_CONFLICT', false]);
    assert.deepEqual(
      plansNamed('Taken').map(({ Id }) => Id),
      ['taken-id'],
    );
  });

  it('goes on with an unused plan of the name when told to', async () => {
    world.wap.seed({ plans: [{ Id: 'unused-id', DisplayName: 'Unused' }] });
    const { payload } = await bench.answer('use', { payload: 'Unused' });
    assert.equal((payload as { Id: string }).Id, 'unused-id');
    assert.equal(bench.status('use'), 'was there: Unused');
  });

  for (const [title, plan] of [
    ['a public one', { DisplayName: 'Public', State: 1 }],
    ['a decommissioned one', { DisplayName: 'Old', State: 2 }],
    ['one with subscriptions', { DisplayName: 'Bought', State: 0 }],
  ] as const) {
    it(`refuses to go on with ${title}`, async () => {
      const Id = `id-of-${plan.DisplayName}`;
      const subscriptions = plan.DisplayName === 'Bought' ? [{ PlanId: Id }] : [];
      world.wap.seed({ plans: [{ ...plan, Id }], subscriptions });
      assert.equal((await bench.error('use', { payload: plan.DisplayName })).code, 'WAP_CONFLICT');
    });
  }

  for (const kind of ['reset-after', 'cut-json', 'hold'] as const) {
    it(`makes one plan when the answer is lost (${kind})`, async () => {
      const lost = world.wap.faults.add({ kind, server: 'admin', path: '/plans', method: 'POST' });
      const { payload } = await bench.answer('create', { payload: `Lost by ${kind}` });
      assert.equal(lost.hits, 1);
      assert.deepEqual(plansNamed(`Lost by ${kind}`), [payload]);
    });
  }

  it('handles two messages at once without mixing them up', async () => {
    const held = world.wap.faults.add({ kind: 'hold', path: '/plans', method: 'POST' });
    const before = bench.sent('create').length;
    await world.inject('create', { payload: 'First' });
    await held.untilHit();
    await bench.answer('create', { payload: 'Second' });
    held.release();
    await world.message('create 0', before + 2);
    const made = bench.sent('create').slice(before);
    assert.deepEqual(
      made.map(({ payload }) => (payload as { DisplayName: string }).DisplayName),
      ['Second', 'First'],
    );
  });

  for (const [id, message, code, subject] of [
    ['create', {}, 'INPUT_MISSING', 'displayName'],
    ['create', { payload: {} }, 'INPUT_INVALID', 'displayName'],
    ['addonWithCode', { payload: 'Extra' }, 'INPUT_INVALID', 'invitationCode'],
    ['noVariable', { payload: 'Unset' }, 'INPUT_MISSING', 'language'],
  ] as const) {
    it(`names ${subject} and asks nobody: ${id} ${JSON.stringify(message)} is ${code}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  failsClearly(
    () => bench,
    () => ({ payload: 'Never' }),
  );
  bearsDeploy(
    () => bench,
    'use',
    '/plans',
    () => ({ payload: 'Deployed' }),
  );
});
