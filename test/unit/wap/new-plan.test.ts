import assert from 'node:assert/strict';
import { findPlan, listPlans } from '../../../lib/wap/client/look-up';
import { createPlan, findCreated, type IfExists, type NewPlan } from '../../../lib/wap/plans/new-plan';
import { quotasOf } from '../../../lib/wap/plans/present-quotas';
import type { Kind, Plan } from '../../../lib/wap/types';
import { aQuota } from '../../builders';
import type { World } from './world';
import { failure, startWorld } from './world';

const gold: NewPlan = { displayName: 'Gold', language: 'en-us' };

describe('a new plan', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  const create = (kind: Kind = 'plan', wanted: Partial<NewPlan> = {}, ifExists: IfExists = 'stop') =>
    createPlan(world.wap.admin, kind, { ...gold, ...wanted }, ifExists);
  const find = (kind: Kind, wanted: Partial<NewPlan> = {}) =>
    findCreated(world.wap.admin, kind, { ...gold, ...wanted });

  it('is private, unconfigured and has what was given', async () => {
    const { plan, isNew } = await create('plan', { description: 'Large', price: '9 EUR', invitationCode: 'abc' });
    assert.ok(isNew);
    assert.deepEqual(
      [plan.DisplayName, plan.State, plan.Price, plan.ServiceQuotas, Reflect.get(plan, 'InvitationCode')],
      ['Gold', 0, '9 EUR', [], 'abc'],
    );
    assert.deepEqual(plan.Advertisements, [{ LanguageCode: 'en-us', DisplayName: 'Gold', Description: 'Large' }]);
  });

  it('leaves empty what was not given, also of an add-on', async () => {
    for (const kind of ['plan', 'addon'] as const) {
      const { plan } = await create(kind);
      assert.deepEqual([plan.Price, plan.Advertisements[0]?.Description], [null, null]);
    }
    assert.equal(world.sim.state.addons[0]?.MaxOccurrencesPerPlan, 1);
    assert.equal(world.sim.state.plans[0]?.MaxSubscriptionsPerAccount, 1);
  });

  it('is no add-on with an invitation code', async () => {
    const { cause } = await failure(create('addon', { invitationCode: 'abc' }), 'INPUT_INVALID');
    assert.equal(cause.subject, 'invitationCode');
    assert.deepEqual(world.writes(), []);
  });

  it('is not made where the name is taken; then the one there is used if nobody can have bought it', async () => {
    const { plan } = await create();
    await failure(create(), 'WAP_CONFLICT');
    const { plan: used, isNew } = await create('plan', {}, 'use');
    assert.deepEqual([used.Id, isNew, world.sim.state.plans.length], [plan.Id, false, 1]);
  });

  for (const [seeded, subscribers, reason] of [
    [{ State: 1 }, [], 'is not private'],
    [{ State: 0 }, ['s1', 's2'], 'has 2 subscriptions'],
  ] as const)
    it(`does not use one that ${reason}`, async () => {
      const subscriptions = subscribers.map(SubscriptionID => ({ SubscriptionID, PlanId: 'Gold1' }));
      world.sim.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold', ...seeded }], subscriptions });
      const { message } = await failure(create('plan', {}, 'use'), 'WAP_CONFLICT');
      assert.equal(message, `plan Gold: it exists and ${reason}, so it is not used. Choose another name.`);
    });

  it('is not used where this account cannot see who has the name', async () => {
    await create();
    world.sim.faults.add({ kind: 'claim', method: 'GET', path: /plans/, body: [], times: 9 });
    const { message } = await failure(create('plan', {}, 'use'), 'WAP_CONFLICT');
    assert.doesNotMatch(message, /so it is not used/);
  });

  it('stays a failure that is about something else', async () => {
    world.sim.faults.add({ kind: 'status', status: 403, method: 'POST', path: /plans/ });
    await failure(create('plan', {}, 'use'), 'WAP_FORBIDDEN');
  });

  const others: Array<[what: string, plan: Partial<Plan>, subscribers: string[], found: string | undefined]> = [
    ['is found after an interruption', {}, [], 'Gold1'],
    ['is not taken for one that is public', { State: 1 }, [], undefined],
    ['is not taken for one that was sold', {}, ['s1'], undefined],
    ['is not taken for one that is configured', { ServiceQuotas: [aQuota()] }, [], undefined],
    ['is not taken for one with another price', { Price: '10 EUR' }, [], undefined],
  ];
  for (const [what, more, subscribers, found] of others)
    it(what, async () => {
      assert.equal(await find('plan'), null);
      const subscriptions = subscribers.map(SubscriptionID => ({ SubscriptionID, PlanId: 'Gold1' }));
      const plan = { Id: 'Gold1', DisplayName: 'Gold', Price: '9 EUR', State: 0, ...more };
      world.sim.seed({ plans: [plan], subscriptions });
      assert.equal((await find('plan', { price: '9 EUR' }))?.Id, found);
    });
});

describe('looking for plans', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    world.sim.seed({
      addons: [{ Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota({ Settings: [] })] }],
      plans: [
        { Id: 'Gold', DisplayName: 'Silver' },
        { Id: 'Other', DisplayName: 'Gold', State: 1, ServiceQuotas: [aQuota()] },
        { Id: 'Old', DisplayName: 'Old Gold', State: 2 },
      ],
    });
  });
  afterEach(() => world.close());

  it('takes an id before a name', async () => {
    const id = async (text: string) => (await findPlan(world.wap.admin, 'plan', text))?.Id;
    assert.deepEqual([await id('Gold'), await id('Silver'), await id('Tin')], ['Gold', 'Gold', undefined]);
  });

  for (const [filter, names] of [
    [{}, ['Silver', 'Gold', 'Old Gold']],
    [{ nameContains: 'gOLD' }, ['Gold', 'Old Gold']],
    [{ state: 'public' }, ['Gold']],
    [{ configured: 'yes' }, ['Gold']],
    [{ configured: 'no', nameContains: 'gold' }, ['Old Gold']],
  ] as const)
    it(`lists ${names.join(', ')} for ${JSON.stringify(filter)}`, async () => {
      const found = await listPlans(world.wap.admin, 'plan', { state: 'any', configured: 'any', ...filter });
      assert.deepEqual(
        found.map(({ DisplayName }) => DisplayName),
        names,
      );
    });

  it('reads the quotas of the first kind that has the name', async () => {
    const { signal } = new AbortController();
    const ask = (name: string) => quotasOf(world.wap.admin, ['plan', 'addon'], name, signal);
    assert.deepEqual(
      (await ask('Other')).map(({ ServiceName, Settings }) => [ServiceName, Settings.length]),
      [['sqlservers', 1]],
    );
    assert.deepEqual(
      (await ask('More')).map(({ ServiceName, Settings }) => [ServiceName, Settings.length]),
      [['sqlservers', 0]],
    );
    const { message } = await failure(ask('Tin'), 'WAP_NOT_FOUND');
    assert.equal(message, 'WAP has no plan or add-on with the id or name "Tin".');
  });
});
