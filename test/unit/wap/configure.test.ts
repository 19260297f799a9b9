import assert from 'node:assert/strict';
import type { PlanConfiguration } from '../../../lib/wap/plans/configure';
import { configurePlan } from '../../../lib/wap/plans/configure';
import { aQuota } from '../../builders';
import type { World } from './world';
import { failure, startWorld } from './world';

const mysqlId = 'c2f7e8b4-6a35-4d0e-8f59-2f4b7d90e3a2';
const editions = { Key: 'Editions', Value: '[{"displayName": "Small"}]' };
const goldText = { LanguageCode: 'en-us', DisplayName: 'Gold', Description: 'Databases' };

describe('configurePlan', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    world.sim.seed({
      addons: [
        { Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota()] },
        { Id: 'Other', DisplayName: 'Other', ServiceQuotas: [aQuota()] },
      ],
      plans: [
        { Id: 'Gold1', DisplayName: 'Gold', 'x-group': 'CORP' },
        {
          Id: 'Silver1',
          DisplayName: 'Silver',
          Price: '5 EUR',
          InvitationCode: 'welcome',
          MaxSubscriptionsPerAccount: 3,
          Advertisements: [{ LanguageCode: 'en-us', DisplayName: 'Silver', Description: 'Small' }],
          ServiceQuotas: [aQuota()],
          AddOnReferences: [{ AddOnId: 'More', AddOnInstanceId: null, AcquisitionTime: null }],
        },
      ],
    });
  });
  afterEach(() => world.close());

  const configure = (wanted: PlanConfiguration, id = 'Gold1') =>
    configurePlan(world.wap.admin, 'plan', id, wanted, { clock: world.clock });
  const gold = () => {
    const plan = world.sim.state.plans.find(one => one.Id === 'Gold1');
    assert.ok(plan);
    return plan;
  };
  const everything: PlanConfiguration = {
    services: ['sqlservers', { ServiceName: 'webspaces' }],
    quotas: [
      { ServiceName: 'sqlservers', Settings: [editions] },
      { ServiceName: 'mysqlservers', Settings: [editions] },
    ],
    links: ['More'],
    advertisements: [goldText],
    price: '9 EUR',
    invitationCode: 'abc',
    maxSubscriptionsPerAccount: -1,
  };

  it('brings a bare plan to all that is wanted', async () => {
    const { plan, changes } = await configure(everything);
    assert.deepEqual(plan, gold());
    assert.deepEqual(
      gold()
        .ServiceQuotas.map(service => [service.ServiceName, service.Settings])
        .sort(),
      [
        ['mysqlservers', [editions]],
        ['sqlservers', [editions]],
        ['webspaces', []],
      ],
    );
    assert.equal(
      gold().ServiceQuotas.find(service => service.ServiceName === 'mysqlservers')?.ServiceInstanceId,
      mysqlId,
    );
    assert.deepEqual(
      gold().AddOnReferences.map(reference => reference.AddOnId),
      ['More'],
    );
    assert.deepEqual(gold().Advertisements, [goldText]);
    assert.deepEqual(
      [gold().Price, gold().InvitationCode, gold().MaxSubscriptionsPerAccount, gold()['x-group']],
      ['9 EUR', 'abc', -1, 'CORP'],
    );
    assert.deepEqual(changes, [
      'service sqlservers added',
      'service webspaces added',
      'service mysqlservers added',
      'quotas of sqlservers, mysqlservers set',
      'Price, InvitationCode, MaxSubscriptionsPerAccount, Advertisements set',
      'add-on More linked',
    ]);
  });

  it('sends nothing the second time', async () => {
    await configure(everything);
    const sent = world.writes().length;
    assert.deepEqual((await configure(everything)).changes, []);
    assert.equal(world.writes().length, sent);
  });

  it('sends only what differs and leaves the rest alone', async () => {
    await configure(everything);
    const sent = world.writes().length;
    const { changes } = await configure({ price: '10 EUR' });
    assert.deepEqual(changes, ['Price set']);
    assert.deepEqual(world.writes().slice(sent), ['PUT /plans/Gold1']);
    assert.equal(gold().ServiceQuotas.length, 3);
  });

  it('keeps the quotas of services that are not named', async () => {
    await configure(everything);
    const other = { Key: 'Editions', Value: '[{"displayName": "Large"}]' };
    await configure({ quotas: [{ ServiceName: 'mysqlservers', Settings: [other] }], replaceQuotas: true });
    const settings = new Map(gold().ServiceQuotas.map(service => [service.ServiceName, service.Settings]));
    assert.deepEqual([settings.get('sqlservers'), settings.get('mysqlservers')], [[editions], [other]]);
  });

  it('changes of a quota what is given and keeps its other fields, editions and settings', async () => {
    const shown = JSON.stringify([
      { displayName: 'Default', groupName: 'G', resourceCount: '5', resourceSize: '1', offerEditionId: 'e1' },
      { displayName: 'Large', groupName: 'H', resourceCount: '9', resourceSize: '2', offerEditionId: 'e2' },
    ]);
    const Settings = [
      { Key: 'Editions', Value: shown },
      { Key: 'Other', Value: 'x' },
    ];
    await configure({ quotas: [{ ServiceName: 'sqlservers', Settings }] });
    const wanted = { Key: 'Editions', Value: '[{"displayName":"Default","resourceCount":10}]' };
    await configure({ quotas: [{ ServiceName: 'sqlservers', Settings: [wanted] }] });
    assert.deepEqual(gold().ServiceQuotas[0]?.Settings, [
      { Key: 'Editions', Value: shown.replace('"resourceCount":"5"', '"resourceCount":"10"') },
      { Key: 'Other', Value: 'x' },
    ]);
    assert.deepEqual((await configure({ quotas: [{ ServiceName: 'sqlservers', Settings: [wanted] }] })).changes, []);
  });

  it('takes the quotas of another plan and lays what is given over them', async () => {
    const wanted = { Key: 'Editions', Value: JSON.stringify([{ displayName: 'Default', resourceCount: '77' }]) };
    await configure({ sameAs: 'Silver1', quotas: [{ ServiceName: 'sqlservers', Settings: [wanted] }] });
    const [edition] = JSON.parse(aQuota().Settings[0]?.Value ?? '');
    assert.deepEqual(JSON.parse(gold().ServiceQuotas[0]?.Settings[0]?.Value ?? ''), [
      { ...edition, resourceCount: '77' },
    ]);
  });

  it('changes of the texts the language given, and of that what is given', async () => {
    const spanish = { LanguageCode: 'es-es', DisplayName: 'Oro', Description: 'Bases' };
    await configure({ advertisements: [goldText, spanish] });
    await configure({ advertisements: [{ LanguageCode: 'EN-US', Description: 'More' }] });
    assert.deepEqual(gold().Advertisements, [{ ...goldText, Description: 'More' }, spanish]);
    await configure({ advertisements: [goldText], removeOtherTexts: true });
    assert.deepEqual(gold().Advertisements, [goldText]);
  });

  it('sends back what WAP writes, and no field that it left out', async () => {
    const left: unknown[] = [];
    const body = { Id: 'Gold1', DisplayName: 'Gold', State: 0, 'x-group': 'CORP' };
    world.sim.faults.add({ kind: 'claim', path: '/plans/Gold1', method: 'GET', body, times: 2 });
    const { admin } = world.wap;
    const update: typeof admin.update = (kind, plan, call) => {
      left.push(plan);
      return admin.update(kind, plan, call);
    };
    await configurePlan({ ...admin, update }, 'plan', 'Gold1', { price: '9 EUR' }, { clock: world.clock });
    assert.deepEqual(left, [{ ...body, Price: '9 EUR' }]);
  });

  it('says so when WAP shows anything else changed', async () => {
    await configure({ services: ['sqlservers'], quotas: [{ ServiceName: 'sqlservers', Settings: [editions] }] });
    const { admin } = world.wap;
    const update: typeof admin.update = (kind, plan, call) =>
      admin.update(kind, { ...plan, 'x-group': 'lost', MaxSubscriptionsPerAccount: 7 }, call);
    const wait = { clock: world.clock, settleMs: 1_000 };
    const error = await failure(
      configurePlan({ ...admin, update }, 'plan', 'Gold1', { price: '9 EUR' }, wait),
      'WAP_BAD_RESPONSE',
    );
    assert.deepEqual(error.cause.details, [
      'as it was: MaxSubscriptionsPerAccount differs',
      'as it was: x-group differs',
    ]);
  });

  it('refuses what cannot be merged before anything is sent', async () => {
    await configure({ quotas: [{ ServiceName: 'webspaces', Settings: [editions] }] });
    const sent = world.writes().length;
    const wanted = { ServiceName: 'webspaces', Settings: [{ Key: 'Editions', Value: 'text' }] };
    const error = await failure(configure({ price: '1 EUR', quotas: [wanted] }), 'INPUT_INVALID');
    assert.equal(error.cause.subject, 'quotas.webspaces.Editions');
    assert.equal(world.writes().length, sent);
  });

  it('removes other services and links only when told', async () => {
    await configure(everything);
    await configure({ services: ['sqlservers'], links: ['Other'] });
    assert.equal(gold().ServiceQuotas.length, 3);
    assert.equal(gold().AddOnReferences.length, 2);
    const { changes } = await configure({
      services: ['sqlservers'],
      removeOtherServices: true,
      links: ['Other'],
      removeOtherLinks: true,
    });
    assert.deepEqual(changes.sort(), [
      'add-on More unlinked',
      'service mysqlservers removed',
      'service webspaces removed',
    ]);
    assert.deepEqual(
      gold().AddOnReferences.map(reference => reference.AddOnId),
      ['Other'],
    );
  });

  it('clears price and invitation code with null', async () => {
    await configure(everything);
    await configure({ price: null, invitationCode: null });
    assert.deepEqual([gold().Price, gold().InvitationCode], [null, null]);
  });

  it('makes a plan the same as another, with its own name in the texts and given fields first', async () => {
    await configure({ services: ['webspaces'] });
    await configure({ sameAs: 'Silver1', price: '9 EUR' });
    assert.deepEqual(
      gold().ServiceQuotas.map(service => service.Settings),
      [aQuota().Settings],
    );
    assert.deepEqual(
      gold().AddOnReferences.map(reference => reference.AddOnId),
      ['More'],
    );
    assert.deepEqual(gold().Advertisements, [{ LanguageCode: 'en-us', DisplayName: 'Gold', Description: 'Small' }]);
    assert.deepEqual([gold().Price, gold().InvitationCode, gold().MaxSubscriptionsPerAccount], ['9 EUR', 'welcome', 3]);
  });

  it('configures an add-on and links it from the side of the plan', async () => {
    const { admin } = world.wap;
    await configure({ services: ['sqlservers'] });
    await configurePlan(admin, 'addon', 'Other', { links: ['Gold1'], maxOccurrencesPerPlan: 4, price: '1 EUR' });
    const other = world.sim.state.addons.find(addOn => addOn.Id === 'Other');
    assert.deepEqual([other?.MaxOccurrencesPerPlan, other?.Price], [4, '1 EUR']);
    assert.deepEqual(
      gold().AddOnReferences.map(reference => reference.AddOnId),
      ['Other'],
    );
    await configurePlan(admin, 'addon', 'Other', { links: [], removeOtherLinks: true });
    assert.deepEqual(gold().AddOnReferences, []);
  });

  it('goes on where an earlier try broke off', async () => {
    world.sim.faults.add({ kind: 'status', status: 403, path: '/plans/Gold1/quota', method: 'PUT' });
    await failure(configure(everything), 'WAP_FORBIDDEN');
    const { changes } = await configure(everything);
    assert.deepEqual(changes[0], 'quotas of sqlservers, mysqlservers set');
    assert.equal(gold().Price, '9 EUR');
  });

  it('waits until WAP shows what was set, and says what it does not show', async () => {
    const { admin } = world.wap;
    let late = 3;
    const slow = {
      ...admin,
      get: async (...args: Parameters<typeof admin.get>) => {
        const plan = await admin.get(...args);
        late -= 1;
        return late > 0 ? { ...plan, Price: null } : plan;
      },
    };
    assert.equal(
      (await configurePlan(slow, 'plan', 'Gold1', { price: '9 EUR' }, { clock: world.clock })).plan.Price,
      '9 EUR',
    );
    late = Number.POSITIVE_INFINITY;
    const error = await failure(
      configurePlan(slow, 'plan', 'Gold1', { price: '8 EUR' }, { clock: world.clock, settleMs: 2_000 }),
      'WAP_BAD_RESPONSE',
    );
    assert.match(error.message, /plan Gold, but does not show: Price set/);
    assert.deepEqual(error.cause.details, ['Price set']);
  });

  it('passes on why WAP refused a quota', async () => {
    const wanted = { quotas: [{ ServiceName: 'sqlservers', Settings: [{ Key: 'Editions', Value: 'no list' }] }] };
    assert.match((await failure(configure(wanted), 'WAP_INPUT')).message, /Editions/);
  });

  it('is WAP_NOT_FOUND for a service that WAP does not offer', async () => {
    const error = await failure(configure({ services: ['nothing'] }), 'WAP_NOT_FOUND');
    assert.equal(error.cause.subject, 'service nothing');
    assert.deepEqual(world.writes(), []);
  });

  for (const [field, wanted] of [
    ['prise', { prise: '9 EUR' }],
    ['price', { price: 9 }],
    ['services[0]', { services: [''] }],
    ['services[1].ServiceName', { services: ['a', {}] }],
    ['quotas', { quotas: { sqlservers: {} } }],
    ['quotas[0].Settings', { quotas: [{ ServiceName: 'a' }] }],
    ['quotas[0].Settings[0].Value', { quotas: [{ ServiceName: 'a', Settings: [{ Key: 'k', Value: {} }] }] }],
    ['links[0]', { links: [7] }],
    ['advertisements[0].LanguageCode', { advertisements: [{ DisplayName: 'x' }] }],
    ['maxSubscriptionsPerAccount', { maxSubscriptionsPerAccount: 0 }],
    ['maxOccurrencesPerPlan', { maxOccurrencesPerPlan: 1 }],
    ['removeOtherLinks', { removeOtherLinks: 'yes' }],
  ] as const)
    it(`names ${field} before any call`, async () => {
      const error = await failure(configure(wanted as PlanConfiguration), 'INPUT_INVALID');
      assert.equal(error.cause.subject, field);
      assert.deepEqual(world.sim.log.entries(), []);
    });
});
