import assert from 'node:assert/strict';
import { type ConfigurationForm, configurationFromForm } from '../../../lib/wap/plans/configuration-form';
import type { Kind } from '../../../lib/wap/types';
import { aQuota } from '../../builders';
import type { World } from './world';
import { failure, startWorld } from './world';

const sqlId = '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11';
const mysqlId = 'c2f7e8b4-6a35-4d0e-8f59-2f4b7d90e3a2';
const otherId = '00000000-1111-2222-3333-444444444444';
const empty: ConfigurationForm = {
  ...{ services: [], replaceQuotas: false, links: [], advertisements: [], removeOthers: false },
};
const nothing = { removeOtherServices: false, removeOtherLinks: false };

describe('the form of a configuration', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    world.sim.seed({
      addons: [
        { Id: 'More1', DisplayName: 'More' },
        { Id: 'More2', DisplayName: 'more' },
      ],
      plans: [
        { Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota({ ServiceInstanceId: otherId })] },
        { Id: 'Bare1', DisplayName: 'Bare' },
      ],
    });
  });
  afterEach(() => world.close());

  const read = (form: Partial<ConfigurationForm>, id = 'Bare1', kind: Kind = 'plan') =>
    configurationFromForm(world.wap.admin, kind, id, { ...empty, ...form });
  const calls = () => world.sim.log.entries({ server: 'admin' }).length;

  it('changes nothing where it is empty, and asks WAP nothing', async () => {
    assert.deepEqual(await read({}), nothing);
    assert.equal(calls(), 0);
  });

  it('takes texts and numbers as they are', async () => {
    const form = { price: '9 EUR', invitationCode: 'abc', maximum: -1 };
    const wanted = { price: '9 EUR', invitationCode: 'abc', maxSubscriptionsPerAccount: -1 };
    assert.deepEqual(await read(form), { ...wanted, ...nothing });
    assert.deepEqual(await read({ maximum: 3 }, 'More1', 'addon'), { maxOccurrencesPerPlan: 3, ...nothing });
  });

  it('leaves the description of a text as it is where none is given', async () => {
    const advertisements = [
      { LanguageCode: 'en-us', DisplayName: 'Gold', Description: '' },
      { LanguageCode: 'es-es', DisplayName: 'Oro', Description: 'Grande' },
    ];
    assert.deepEqual(await read({ advertisements, removeOthers: true }), {
      advertisements: [{ LanguageCode: 'en-us', DisplayName: 'Gold' }, advertisements[1]],
      ...{ removeOtherServices: false, removeOtherLinks: true, removeOtherTexts: true },
    });
  });

  it('finds another plan to copy by id or name', async () => {
    for (const sameAs of ['Gold1', 'Gold'])
      assert.deepEqual(await read({ sameAs, removeOthers: true }), {
        ...{ sameAs: 'Gold1', removeOtherServices: true, removeOtherLinks: true },
      });
    const { message, cause } = await failure(read({ sameAs: 'Tin' }), 'WAP_NOT_FOUND');
    assert.deepEqual([message, cause.subject], ['sameAs: WAP has no plan with the id or name Tin.', 'sameAs']);
  });

  for (const [link, id] of [
    ['more2', 'More2'],
    ['more', 'More2'],
    ['More', 'More1'],
    ['MORE', 'More1'],
  ] as const)
    it(`finds the add-on ${link}: an id before a name, the exact name before another case`, async () => {
      assert.deepEqual(await read({ links: [link] }), { links: [id], ...nothing });
    });

  it('finds the plans of an add-on', async () => {
    assert.deepEqual((await read({ links: ['gold', 'Bare1'] }, 'More1', 'addon')).links, ['Gold1', 'Bare1']);
  });

  it('says what WAP has where it lacks a link', async () => {
    const { message } = await failure(read({ links: ['More', 'Less'] }), 'INPUT_INVALID');
    assert.equal(message, 'links[1]: WAP has no add-on Less; it offers More, more.');
    world.sim.faults.add({ kind: 'claim', method: 'GET', path: /addons/, body: [] });
    const { message: none } = await failure(read({ links: ['Less'] }), 'INPUT_INVALID');
    assert.equal(none, 'links[0]: WAP has no add-on Less; it offers none.');
    world.sim.seed({ addons: Array.from({ length: 21 }, (_, index) => ({ DisplayName: `A${index + 1}` })) });
    const { message: many } = await failure(read({ links: ['Less'] }), 'INPUT_INVALID');
    assert.match(many, /it offers More, more, A1, .*, A18 …\.$/);
  });

  it('adds the only instance that WAP offers of a service', async () => {
    const { services, quotas } = await read({
      services: [{ ServiceName: 'mysqlservers' }],
      quotas: { sqlservers: { Editions: [{ displayName: 'Small' }] } },
    });
    assert.deepEqual(services, [{ ServiceName: 'mysqlservers', ServiceInstanceId: mysqlId }]);
    assert.deepEqual(quotas, [
      {
        ...{ ServiceName: 'sqlservers', ServiceInstanceId: sqlId },
        Settings: [{ Key: 'Editions', Value: '[{"displayName":"Small"}]' }],
      },
    ]);
  });

  it('prefers the instance that is named, and then the one that the plan has', async () => {
    const sqlservers = { ServiceName: 'sqlservers' };
    assert.deepEqual((await read({ services: [sqlservers] }, 'Gold1')).services, [
      { ...sqlservers, ServiceInstanceId: otherId },
    ]);
    const named = { ...sqlservers, ServiceInstanceId: sqlId };
    const { services, quotas } = await read({ services: [named], quotas: { sqlservers: {} } }, 'Gold1');
    assert.deepEqual([services, quotas], [[named], [{ ...named, Settings: [] }]]);
  });

  it('asks WAP for no instance when all are named', async () => {
    await read({ services: [{ ServiceName: 'sqlservers', ServiceInstanceId: sqlId }] });
    assert.equal(calls(), 0);
  });

  it('wants the instance named of a service that WAP has more than once', async () => {
    const providers = await world.wap.admin.resourceProviders(false);
    const twice = [sqlId, otherId].map(InstanceId => ({ ...providers[0], Name: 'sqlservers', InstanceId }));
    world.sim.faults.add({ kind: 'claim', method: 'GET', path: /resourceproviders/i, body: twice });
    const { message, cause } = await failure(read({ quotas: { sqlservers: {} } }), 'INPUT_INVALID');
    assert.equal(message, `quotas[0]: WAP has several instances of sqlservers; name one of ${sqlId}, ${otherId}.`);
    assert.equal(cause.subject, 'quotas[0]');
  });

  it('says which services WAP offers', async () => {
    const { message } = await failure(read({ services: [{ ServiceName: 'clouds' }] }), 'INPUT_INVALID');
    assert.match(message, /^services\[0\]: WAP has no service clouds; it offers .*sqlservers/);
  });

  it('refuses a wrong shape before it asks WAP', async () => {
    await failure(read({ quotas: 'many', sameAs: 'Gold' }), 'INPUT_INVALID');
    await failure(read({ invitationCode: 'abc' }, 'More1', 'addon'), 'INPUT_INVALID');
    assert.equal(calls(), 0);
  });
});
