import assert from 'node:assert/strict';
import type { Plan, PlanOrAddOn } from '../../lib/wap/types';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-clone';
const nodes = [
  ...nodesOf(
    type,
    {
      clone: {},
      threeRounds: { rounds: '${ROUNDS}' },
      named: { cloneName: '"Copy of " & wap.plan.DisplayName', cloneNameType: 'jsonata' },
      byId: { kind: 'PLAN_KIND', kindType: 'env', planId: 'payload', planIdType: 'msg' },
      toTaken: { cloneName: 'Taken', cloneNameType: 'str' },
      badRounds: { rounds: '0' },
    },
    { connection: 'ok', outputs: 2 },
  ),
  ...failingNodes(type, 2),
];

const service = {
  ...{ ServiceName: 'sqlservers', ServiceInstanceId: '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11' },
  ...{ ServiceDisplayName: 'SQL Servers', ServiceInstanceDisplayName: null },
  Settings: [{ Key: 'Editions', Value: '[ {"displayName":"Default"} ]' }],
};

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { PLAN_KIND: 'addon', ROUNDS: '3' } });
    world.wap.seed({
      addons: [{ Id: 'more-id', DisplayName: 'More Databases', ServiceQuotas: [service], MaxOccurrencesPerPlan: 4 }],
      plans: [{ Id: 'taken-id', DisplayName: 'Taken', State: 1 }],
    });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const rich = {
    ...{ Price: '9 EUR', InvitationCode: 'X', MaxSubscriptionsPerAccount: 3, ServiceQuotas: [service] },
    AddOnReferences: [{ AddOnId: 'more-id', AddOnInstanceId: null, AcquisitionTime: null }],
  };

  /** A configured plan of this name, and the message that names it. */
  function fresh(DisplayName: string, more: Properties = {}) {
    const Id = `id-of-${DisplayName}`;
    const Advertisements = [{ LanguageCode: 'en-us', DisplayName, Description: 'd' }];
    world.wap.seed({ plans: [{ Id, DisplayName, Advertisements, ...rich, ...more }] });
    return { wap: { kind: 'plan', plan: { Id, DisplayName } } };
  }

  const named = (name: string) => world.wap.state.plans.filter(({ DisplayName }) => DisplayName === name);
  const configuration = (plan: Plan | undefined) => [
    ...[plan?.Price, plan?.InvitationCode, plan?.MaxSubscriptionsPerAccount, plan?.ConfigState],
    plan?.ServiceQuotas.map(({ ServiceName, ServiceInstanceId, Settings }) => [
      ServiceName,
      ServiceInstanceId,
      Settings,
    ]),
    plan?.AddOnReferences.map(({ AddOnId }) => AddOnId),
  ];

  it('makes a private copy with the whole configuration, and never touches the original', async () => {
    const message = fresh('Gold', { State: 1 });
    const [before] = named('Gold');
    const { payload, wap, topic } = await bench.answer('clone', { ...message, topic: 'mine' });
    const [clone] = named('Gold (r2)');
    assert.deepEqual([payload, wap, topic], [clone, { kind: 'plan', plan: clone, original: before }, 'mine']);
    assert.deepEqual(configuration(clone), configuration(before));
    assert.deepEqual([clone?.State, clone?.Advertisements[0]?.DisplayName], [0, 'Gold (r2)']);
    assert.deepEqual(named('Gold'), [before]);
    assert.deepEqual(await bench.tally('clone'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('clone'), 'cloned to Gold (r2)');
  });

  it('finds the clone that is there when the message comes twice', async () => {
    const message = fresh('Twice');
    const first = await bench.answer('clone', message);
    const second = await bench.answer('clone', message);
    assert.deepEqual(second.payload, first.payload);
    assert.equal(named('Twice (r3)').length, 0);
  });

  it('clones a clone into the next round', async () => {
    const first = await bench.answer('clone', fresh('Silver'));
    const second = await bench.answer('clone', first);
    assert.equal((second.payload as PlanOrAddOn).DisplayName, 'Silver (r3)');
    assert.deepEqual((second.wap as { original: unknown }).original, first.payload);
  });

  it('sends the message unchanged to its own output when there are no more rounds', async () => {
    let message: Properties = fresh('Bronze');
    for (const name of ['Bronze (r2)', 'Bronze (r3)']) {
      message = await bench.answer('threeRounds', message);
      assert.equal((message.payload as PlanOrAddOn).DisplayName, name);
    }
    const writes = () => world.log.entries({ server: 'admin' }).filter(({ method }) => method !== 'GET').length;
    const before = writes();
    const { _msgid, ...limit } = await bench.answer('threeRounds', message, 1);
    assert.deepEqual({ ...limit, _msgid: message._msgid }, message);
    assert.equal(writes(), before);
    assert.equal(bench.status('threeRounds'), 'no more rounds');
  });

  it('takes the name, kind and id from the sources chosen in the dialog', async () => {
    await bench.answer('named', fresh('Iron'));
    assert.deepEqual(configuration(named('Copy of Iron')[0]), configuration(named('Iron')[0]));
    const { wap } = await bench.answer('byId', { payload: 'more-id' });
    const clone = world.wap.state.addons.find(({ DisplayName }) => DisplayName === 'More Databases (r2)');
    assert.deepEqual((wap as { plan: unknown }).plan, clone);
    assert.deepEqual([clone?.MaxOccurrencesPerPlan, clone?.ServiceQuotas[0]?.Settings], [4, service.Settings]);
  });

  it('refuses a name that belongs to another plan, and leaves that plan alone', async () => {
    const before = named('Taken');
    assert.equal((await bench.error('toTaken', fresh('Wisher'))).code, 'WAP_CONFLICT');
    assert.deepEqual(named('Taken'), before);
  });

  for (const [title, fault] of [
    ['creating', { method: 'POST', path: '/plans' }],
    ['adding links', { method: 'POST', path: /\/addons$/ }],
  ] as const) {
    it(`makes one whole clone when the answer to ${title} is lost`, async () => {
      const message = fresh(`Lost by ${title}`);
      const lost = world.wap.faults.add({ kind: 'reset-after', server: 'admin', ...fault });
      const { payload } = await bench.answer('clone', message);
      assert.equal(lost.hits, 1);
      assert.deepEqual([payload], named(`Lost by ${title} (r2)`));
    });
  }

  it('removes the half-made clone when WAP refuses its quotas', async () => {
    const message = fresh('Refused');
    const [before] = named('Refused');
    world.wap.faults.add({ kind: 'status', status: 400, method: 'PUT', path: /\/quota/, times: 9 });
    assert.equal((await bench.error('clone', message)).code, 'WAP_INPUT');
    assert.deepEqual([named('Refused (r2)'), named('Refused')], [[], [before]]);
  });

  it('handles two messages at once without mixing them up', async () => {
    const first = fresh('One');
    const second = fresh('Two');
    const held = world.wap.faults.add({ kind: 'hold', path: '/plans/id-of-One' });
    const before = bench.sent('clone').length;
    await world.inject('clone', first);
    await held.untilHit();
    await bench.answer('clone', second);
    held.release();
    await world.message('clone 0', before + 2);
    const made = bench.sent('clone').slice(before);
    assert.deepEqual(
      made.map(({ payload }) => (payload as PlanOrAddOn).DisplayName),
      ['Two (r2)', 'One (r2)'],
    );
  });

  for (const [id, message, code, subject] of [
    ['clone', { payload: 1 }, 'INPUT_MISSING', 'kind'],
    ['clone', { wap: { kind: 'plan', plan: {} } }, 'INPUT_MISSING', 'planId'],
    ['badRounds', { wap: { kind: 'plan', plan: { Id: 'taken-id' } } }, 'INPUT_INVALID', 'rounds'],
  ] as const) {
    it(`names ${subject} and asks nobody: ${id} ${JSON.stringify(message)}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  it('says that WAP does not know the plan', async () => {
    const { code } = await bench.error('clone', { wap: { kind: 'plan', plan: { Id: 'nobody' } } });
    assert.equal(code, 'WAP_NOT_FOUND');
  });

  failsClearly(
    () => bench,
    () => ({ wap: { kind: 'plan', plan: { Id: 'taken-id' } } }),
  );
  bearsDeploy(
    () => bench,
    'clone',
    /\/quota/,
    () => fresh('Deployed'),
  );
});
