import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-plan-configure';
const sql = '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11';
const editions = [{ displayName: 'Default', resourceCount: '5' }];
const rows = (...list: Properties[]) => JSON.stringify(list);
const fromMessage = { quotas: 'quotas', quotasType: 'msg' };

const nodes = [
  ...nodesOf(
    type,
    {
      full: {
        services: rows({ name: 'sqlservers', instanceId: '' }, { name: 'webspaces', instanceId: '' }),
        quotas: JSON.stringify({ sqlservers: { Editions: editions } }),
        quotasType: 'json',
        links: rows({ link: 'More Databases' }),
        advertisements: rows({ language: 'es-es', displayName: 'Oro', description: '' }),
        ...{
          price: '${PRICE:-9 EUR}',
          priceType: 'str',
          invitationCode: 'GOLD',
          invitationCodeType: 'str',
          maximum: '3',
        },
      },
      quotas: fromMessage,
      expression: { quotas: '{"mysqlservers": {"Editions": text}}', quotasType: 'jsonata' },
      environment: {
        quotas: 'QUOTAS',
        quotasType: 'env',
        planId: 'PLAN',
        planIdType: 'env',
        kind: 'plan',
        kindType: 'str',
      },
      price: { price: 'payload', priceType: 'msg' },
      same: { sameAs: 'Model', sameAsType: 'str' },
      exactly: { sameAs: 'model', sameAsType: 'flow', removeOthers: true },
      only: { services: rows({ name: 'webspaces', instanceId: '' }), removeOthers: true },
      addon: { links: rows({ link: 'Addon Plan' }), maximum: '-1', ...fromMessage },
      badService: { services: rows({ name: 'sqlservers', instanceId: '' }, { name: 'sqlserver', instanceId: '' }) },
      badLink: { links: rows({ link: 'Nobody' }) },
      badSame: { sameAs: 'Nobody', sameAsType: 'str' },
      badRow: { services: rows({ instanceId: 'x' }) },
      badMaximum: { maximum: '0' },
    },
    { connection: 'ok' },
  ),
  ...failingNodes(type, 1, { services: rows({ name: 'sqlservers', instanceId: '' }) }),
  {
    ...{ id: 'shelf', type: 'change', z: 'tab', x: 100, y: 200, wires: [[]] },
    rules: [{ t: 'set', p: 'model', pt: 'flow', to: 'payload', tot: 'msg' }],
  },
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    const env = { PLAN: 'by-env', QUOTAS: '{"sqlservers": {"Limit": 7}}' };
    world = await startInProcessWapWorld({ major, env });
    world.wap.seed({
      addons: [{ Id: 'more-id', DisplayName: 'More Databases', ServiceQuotas: [service()] }],
      plans: [
        { Id: 'by-env', DisplayName: 'By Environment' },
        {
          Id: 'model-id',
          DisplayName: 'Model',
          ServiceQuotas: [service()],
          Price: '1 EUR',
          MaxSubscriptionsPerAccount: 9,
        },
      ],
    });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  function service(name = 'sqlservers', instance = sql) {
    return { ServiceName: name, ServiceInstanceId: instance, Settings: [{ Key: 'Editions', Value: '[]' }] };
  }

  /** A plan of its own for a case, and the message that names it. */
  function fresh(more: Properties = {}) {
    count += 1;
    const Id = `plan-${count}`;
    world.wap.seed({ plans: [{ Id, DisplayName: `Plan ${count}`, ...more }] });
    return { wap: { kind: 'plan', plan: { Id } } };
  }

  const planOf = ({ wap }: { wap: { plan: { Id: string } } }) =>
    world.wap.state.plans.find(({ Id }) => Id === wap.plan.Id);
  const settings = (plan: ReturnType<typeof planOf>, name: string) =>
    plan?.ServiceQuotas.find(({ ServiceName }) => ServiceName === name)?.Settings;
  const writes = () => world.log.entries({ server: 'admin' }).filter(({ method }) => method !== 'GET').length;

  it('sets services, quotas, links, texts, price, code and maximum, and reads them back', async () => {
    const message = fresh();
    const { payload, wap, topic } = await bench.answer('full', { ...message, topic: 'mine' });
    const plan = planOf(message);
    assert.deepEqual([payload, wap, topic], [plan, { kind: 'plan', plan }, 'mine']);
    assert.deepEqual(settings(plan, 'sqlservers'), [{ Key: 'Editions', Value: JSON.stringify(editions) }]);
    assert.deepEqual(settings(plan, 'webspaces'), []);
    assert.deepEqual(
      plan?.AddOnReferences.map(({ AddOnId }) => AddOnId),
      ['more-id'],
    );
    assert.deepEqual(plan?.Advertisements, [{ LanguageCode: 'es-es', DisplayName: 'Oro', Description: null }]);
    assert.deepEqual([plan?.Price, plan?.InvitationCode, plan?.MaxSubscriptionsPerAccount], ['9 EUR', 'GOLD', 3]);
    assert.deepEqual(await bench.tally('full'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('full'), 'set: services, quotas, texts, links');
  });

  it('sends nothing when everything is as wanted', async () => {
    const message = fresh();
    await bench.answer('full', message);
    const before = writes();
    await bench.answer('full', message);
    assert.equal(writes(), before);
    assert.equal(bench.status('full'), 'nothing to change');
  });

  it('takes quotas as WAP lists them and keeps their texts byte for byte', async () => {
    const message = fresh();
    const text = '<Actions>\n\t"é" </Actions>';
    const quotas = [{ ServiceName: 'sqlservers', ServiceInstanceId: sql, Settings: [{ Key: 'Actions', Value: text }] }];
    await bench.answer('quotas', { ...message, quotas });
    assert.deepEqual(settings(planOf(message), 'sqlservers'), [{ Key: 'Actions', Value: text }]);
  });

  it('takes quotas and price from expressions, the environment and the message', async () => {
    const message = fresh();
    await bench.answer('expression', { ...message, text: '[ 1 ]' });
    assert.deepEqual(settings(planOf(message), 'mysqlservers'), [{ Key: 'Editions', Value: '[ 1 ]' }]);
    await bench.answer('environment');
    const byEnv = world.wap.state.plans.find(({ Id }) => Id === 'by-env');
    assert.deepEqual(settings(byEnv, 'sqlservers'), [{ Key: 'Limit', Value: '7' }]);
    await bench.answer('price', { ...message, payload: '5 EUR' });
    assert.equal(planOf(message)?.Price, '5 EUR');
  });

  it('leaves everything as it is when every field is empty', async () => {
    const message = fresh({ Price: '1 EUR', InvitationCode: 'X' });
    const before = planOf(message);
    await bench.answer('price', message);
    assert.deepEqual(planOf(message), before);
  });

  it('makes a plan the same as another one, keeping what only it has', async () => {
    const message = fresh({ ServiceQuotas: [service('webspaces', '15b9d3e6-98c4-4f77-a2d1-6c0e5a7b8f33')] });
    await bench.answer('same', message);
    const plan = planOf(message);
    assert.deepEqual([plan?.Price, plan?.MaxSubscriptionsPerAccount], ['1 EUR', 9]);
    assert.deepEqual(settings(plan, 'sqlservers'), [{ Key: 'Editions', Value: '[]' }]);
    assert.deepEqual(settings(plan, 'webspaces'), [{ Key: 'Editions', Value: '[]' }]);
  });

  it('makes a plan exactly the same as another one when others are to be removed', async () => {
    await world.inject('shelf', { payload: 'model-id' });
    const message = fresh({ ServiceQuotas: [service('webspaces', '15b9d3e6-98c4-4f77-a2d1-6c0e5a7b8f33')] });
    await bench.answer('exactly', message);
    assert.deepEqual(
      planOf(message)?.ServiceQuotas.map(({ ServiceName }) => ServiceName),
      ['sqlservers'],
    );
  });

  it('removes services that are not listed, but no links when none are listed', async () => {
    const message = fresh({ ServiceQuotas: [service()], AddOnReferences: [{ AddOnId: 'more-id' }] });
    await bench.answer('only', message);
    const plan = planOf(message);
    assert.deepEqual(
      plan?.ServiceQuotas.map(({ ServiceName }) => ServiceName),
      ['webspaces'],
    );
    assert.equal(plan?.AddOnReferences.length, 1);
  });

  it('configures an add-on and links it to its plan', async () => {
    world.wap.seed({
      addons: [{ Id: 'extra-id', DisplayName: 'Extra', ServiceQuotas: [service()] }],
      plans: [{ Id: 'addon-plan', DisplayName: 'Addon Plan', ServiceQuotas: [service()] }],
    });
    const quotas = { sqlservers: { Editions: [1] } };
    const { payload } = await bench.answer('addon', { wap: { kind: 'addon', plan: { Id: 'extra-id' } }, quotas });
    const addOn = world.wap.state.addons.find(({ Id }) => Id === 'extra-id');
    assert.deepEqual((payload as { Id: string }).Id, addOn?.Id);
    assert.deepEqual([addOn?.MaxOccurrencesPerPlan, addOn?.AssociatedPlans.map(({ Id }) => Id)], [-1, ['addon-plan']]);
    assert.deepEqual(addOn?.ServiceQuotas[0]?.Settings, [{ Key: 'Editions', Value: '[1]' }]);
  });

  it('goes on where a failure stopped it when the message comes again', async () => {
    const message = fresh();
    world.wap.faults.add({ kind: 'reset-after', method: 'PUT', path: /\/quota/ });
    assert.equal((await bench.error('full', message)).code, 'WAP_NETWORK');
    const { payload } = await bench.answer('full', message);
    assert.deepEqual(payload, planOf(message));
    assert.equal(planOf(message)?.AddOnReferences.length, 1);
  });

  for (const [title, id, more, code, subject, text] of [
    [
      'a service is unknown',
      'badService',
      {},
      'INPUT_INVALID',
      'services[1]',
      /no service sqlserver; .*sqlservers, mysql/,
    ],
    ['a link is unknown', 'badLink', {}, 'INPUT_INVALID', 'links[0]', /no add-on Nobody; .*More Databases/],
    ['the model is unknown', 'badSame', {}, 'WAP_NOT_FOUND', 'sameAs', /Nobody/],
    ['quotas name an unknown service', 'quotas', { quotas: { x: {} } }, 'INPUT_INVALID', 'quotas[0]', /no service x/],
  ] as const) {
    it(`says what WAP has, and changes nothing, when ${title}`, async () => {
      const message = { ...fresh(), ...more };
      const before = writes();
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.match(error.message, text);
      assert.equal(writes(), before);
    });
  }

  for (const [id, more, code, subject] of [
    ['badRow', {}, 'INPUT_INVALID', 'services[0].name'],
    ['badMaximum', {}, 'INPUT_INVALID', 'maxSubscriptionsPerAccount'],
    ['quotas', { quotas: [{ ServiceName: 'x' }] }, 'INPUT_INVALID', 'quotas[0].Settings'],
    ['quotas', { quotas: { sqlservers: [] } }, 'INPUT_INVALID', 'quotas.sqlservers'],
    ['quotas', { quotas: 'not json' }, 'INPUT_INVALID', 'quotas'],
    ['full', { wap: { kind: 'addon', plan: { Id: 'more-id' } } }, 'INPUT_INVALID', 'invitationCode'],
    ['full', { wap: { kind: 'plan', plan: {} } }, 'INPUT_MISSING', 'planId'],
  ] as const) {
    it(`names ${subject} and asks nobody: ${id} ${JSON.stringify(more)}`, async () => {
      const message = { ...fresh(), ...more };
      const asked = world.log.entries().length;
      const error = await bench.error(id, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  it('says that WAP does not know the plan', async () => {
    const { code } = await bench.error('full', { wap: { kind: 'plan', plan: { Id: 'nobody' } } });
    assert.equal(code, 'WAP_NOT_FOUND');
  });

  it('handles two messages at once without mixing them up', async () => {
    const first = fresh();
    const second = fresh();
    const held = world.wap.faults.add({ kind: 'hold', path: `/plans/${first.wap.plan.Id}` });
    const before = bench.sent('price').length;
    await world.inject('price', { ...first, payload: '1' });
    await held.untilHit();
    await bench.answer('price', { ...second, payload: '2' });
    held.release();
    await world.message('price 0', before + 2);
    assert.deepEqual([planOf(first)?.Price, planOf(second)?.Price], ['1', '2']);
  });

  failsClearly(
    () => bench,
    () => ({ wap: { kind: 'plan', plan: { Id: 'model-id' } } }),
  );
  bearsDeploy(() => bench, 'full', /\/quota/, fresh);
});
