import assert from 'node:assert/strict';
import { principalHeader } from '../../../lib/wap/client/admin-calls';
import type { Plan, PlanAddOn, PlanAddOnReference, ResourceProviderReference } from '../../../lib/wap/types';
import type { FaultRule } from '../../../simulator/fault';
import { aQuota } from '../../builders';
import type { Answer, Peer } from '../http/peer';
import { json, raw, startPeer } from '../http/peer';
import type { World } from './world';
import { example, failure, startWorld } from './world';

const mysql = { Name: 'mysqlservers', InstanceId: 'c2f7e8b4-6a35-4d0e-8f59-2f4b7d90e3a2', ConfigState: 0 };

describe('admin client', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  const admin = () => world.wap.admin;
  const seedGold = () => {
    world.sim.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota()], Price: '9 EUR' }] });
  };
  const onlyPlan = () => {
    const { plans } = world.sim.state;
    assert.equal(plans.length, 1, `WAP has ${plans.length} plans`);
    return plans[0] as Plan;
  };

  for (const kind of ['plan', 'addon'] as const) {
    const file = kind === 'plan' ? 'plan-create-request.json' : 'addon-create-request.json';
    const draft = example(file) as { DisplayName: string };

    it(`${kind}: is created, read, found, listed and removed`, async () => {
      const made = await admin().create(kind, draft);
      assert.equal(made.State, 0);
      assert.deepEqual(await admin().get(kind, made.Id), made);
      assert.deepEqual(await admin().find(kind, made.Id), made);
      assert.deepEqual(await admin().findByName(kind, draft.DisplayName), made);
      assert.deepEqual(await admin().list(kind), [made]);
      await admin().remove(kind, made.Id);
      await admin().remove(kind, made.Id);
      assert.deepEqual(await admin().list(kind), []);
    });

    it(`${kind}: services and quotas are set, synchronised and removed`, async () => {
      const { Id } = await admin().create(kind, { DisplayName: 'Silver' });
      await admin().addService(kind, Id, mysql);
      await admin().addService(kind, Id, mysql);
      const quota = aQuota({ ServiceName: mysql.Name, ServiceInstanceId: mysql.InstanceId });
      const plan = await admin().setQuotas(kind, Id, [quota]);
      assert.deepEqual(plan.ServiceQuotas[0]?.Settings, quota.Settings);
      await admin().syncQuotas(kind, Id);
      await admin().removeService(kind, Id, mysql.Name);
      await admin().removeService(kind, Id, mysql.Name);
      assert.deepEqual((await admin().get(kind, Id)).ServiceQuotas, []);
    });

    it(`${kind}: an update keeps the fields it does not know`, async () => {
      const made = await admin().create(kind, { DisplayName: 'Silver', SecurityGroups: ['CORP\\gold'] });
      await admin().update(kind, { ...made, Price: '5 EUR' });
      const after = await admin().get(kind, made.Id);
      assert.equal(after.Price, '5 EUR');
      assert.deepEqual(after.SecurityGroups, ['CORP\\gold']);
    });

    it(`${kind}: metrics are read`, async () => {
      const { Id } = await admin().create(kind, { DisplayName: 'Silver' });
      const sets = await admin().metrics(kind, Id, '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z');
      assert.ok(sets.some(set => set.Name === 'DailySignupCount'));
    });

    it(`${kind}: an unknown id is null for find and WAP_NOT_FOUND for get`, async () => {
      assert.equal(await admin().find(kind, 'nothing'), null);
      const error = await failure(admin().get(kind, 'nothing'), 'WAP_NOT_FOUND');
      assert.equal(error.cause.httpStatus, 404);
      assert.match(error.cause.subject ?? '', /nothing/);
    });
  }

  it('links and unlinks an add-on, each also twice', async () => {
    world.sim.seed({ addons: [{ Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota()] }] });
    seedGold();
    for (let n = 0; n < 2; n += 1) assert.equal((await admin().linkAddOn('Gold1', 'More')).AddOnId, 'More');
    assert.deepEqual(onlyPlan().AddOnReferences.length, 1);
    for (let n = 0; n < 2; n += 1) await admin().unlinkAddOn('Gold1', 'More');
    assert.deepEqual(onlyPlan().AddOnReferences, []);
  });

  it('lists resource providers, with those of the system when asked, without their credentials', async () => {
    const some = await admin().resourceProviders(false);
    const all = await admin().resourceProviders(true);
    assert.ok(all.length > some.length);
    const one = await admin().resourceProvider(mysql.Name, mysql.InstanceId);
    assert.deepEqual(
      one,
      some.find(provider => provider.Name === mysql.Name),
    );
    assert.doesNotMatch(JSON.stringify(all), /made-up/);
  });

  it('adds a service by PUT where WAP knows no POST', async () => {
    const other = await startWorld({ addServiceVerb: 'PUT' });
    try {
      const { Id } = await other.wap.admin.create('plan', { DisplayName: 'Gold' });
      await other.wap.admin.addService('plan', Id, mysql);
      assert.equal(other.sim.state.plans[0]?.ServiceQuotas.length, 1);
    } finally {
      await other.close();
    }
  });

  it('fails with WAP_NOT_FOUND when a service is added to an unknown plan', async () => {
    await failure(admin().addService('plan', 'nothing', mysql), 'WAP_NOT_FOUND');
  });

  for (const id of ['', ' ', '.', '..', undefined])
    it(`refuses ${JSON.stringify(id)} as an id before any call`, async () => {
      const bad = id as string;
      for (const call of [
        () => admin().remove('plan', bad),
        () => admin().get('addon', bad),
        () => admin().unlinkAddOn('Gold1', bad),
        () => admin().removeService('plan', 'Gold1', bad),
        () => admin().linkAddOn('Gold1', bad),
      ])
        await failure((async () => call())(), 'INPUT_INVALID');
      assert.deepEqual(world.sim.log.entries(), []);
    });

  it('refuses a metrics time that is none before any call', async () => {
    const error = await failure(admin().metrics('plan', 'Gold1', '2026-01-01T00:00:00Z', 'now'), 'INPUT_INVALID');
    assert.equal(error.cause.subject, 'endTime');
    assert.deepEqual(world.sim.log.entries(), []);
  });

  it('encodes what it puts into a path', async () => {
    assert.equal(await admin().find('plan', '../addons?x=1#y'), null);
    assert.equal(world.sim.log.entries()[0]?.path, '/plans/..%2Faddons%3Fx%3D1%23y');
  });

  describe('creating', () => {
    const create = () => admin().create('plan', { DisplayName: 'Gold', Price: '9 EUR' });

    it('is WAP_CONFLICT for a name that is there, and nothing is sent', async () => {
      seedGold();
      await failure(create(), 'WAP_CONFLICT');
      assert.deepEqual(world.writes(), []);
    });

    it('is WAP_CONFLICT when another was faster', async () => {
      const held = world.sim.faults.add({ kind: 'hold-before', path: '/plans', method: 'POST' });
      const creating = failure(create(), 'WAP_CONFLICT');
      await held.untilHit();
      seedGold();
      held.release();
      await creating;
      assert.equal(onlyPlan().Id, 'Gold1');
    });

    for (const fault of [
      { kind: 'reset-before' },
      { kind: 'reset-after' },
      { kind: 'cut-json' },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 503, afterEffect: true },
      { kind: 'html' },
      { kind: 'html', afterEffect: true },
      { kind: 'rate' },
      { kind: 'rate', afterEffect: true },
      { kind: 'reset-before', times: 2 },
      { kind: 'status', status: 500, times: 2 },
    ] satisfies Array<Omit<FaultRule, 'path'>>)
      it(`makes exactly one plan through ${JSON.stringify(fault)}`, async () => {
        world.sim.faults.add({ path: '/plans', method: 'POST', ...fault });
        const made = await create();
        assert.equal(made.Id, onlyPlan().Id);
        assert.equal(made.Price, '9 EUR');
      });

    it('makes exactly one plan when the first answer never comes and the second sending meets it', async () => {
      const patient = world.open({ attemptTimeoutMs: 60 });
      world.sim.faults.add({ kind: 'hold', path: '/plans', method: 'POST' });
      assert.equal((await patient.admin.create('plan', { DisplayName: 'Gold' })).Id, onlyPlan().Id);
    });

    it('gives up after three sendings and makes nothing', async () => {
      const fault = world.sim.faults.add({ kind: 'status', path: '/plans', method: 'POST', times: 9 });
      await failure(create(), 'WAP_SERVER');
      assert.equal(fault.hits, 3);
      assert.deepEqual(world.sim.state.plans, []);
    });

    it('says that the outcome is open when it cannot be looked up', async () => {
      world.sim.faults.add({ kind: 'reset-after', path: '/plans', method: 'POST' });
      world.sim.faults.add({ kind: 'status', path: '/plans', method: 'GET', skip: 1, times: 9 });
      const error = await failure(create(), 'WAP_NETWORK');
      assert.match(error.message, /Whether it was made could not be looked up/);
    });

    it('does not take a plan for its own that somebody uses', async () => {
      world.sim.faults.add({ kind: 'reset-before', path: '/plans', method: 'POST' });
      const held = world.sim.faults.add({ kind: 'hold-before', path: '/plans', method: 'GET', skip: 1 });
      const creating = failure(create(), 'WAP_CONFLICT');
      await held.untilHit();
      world.sim.seed({ plans: [{ DisplayName: 'Gold', State: 1 }] });
      held.release();
      await creating;
    });

    it('needs a name', async () => {
      await failure(admin().create('plan', { DisplayName: ' ' }), 'INPUT_INVALID');
      assert.deepEqual(world.sim.log.entries(), []);
    });

    it('is aborted by its signal', async () => {
      const abort = new AbortController();
      const held = world.sim.faults.add({ kind: 'hold', path: '/plans', method: 'POST' });
      const creating = failure(admin().create('plan', { DisplayName: 'Gold' }, { signal: abort.signal }), 'ABORTED');
      await held.untilHit();
      abort.abort();
      await creating;
    });
  });

  for (const fault of [
    { kind: 'reset-before' },
    { kind: 'reset-after' },
    { kind: 'status', status: 500 },
    { kind: 'rate' },
    { kind: 'cut-json' },
    { kind: 'html' },
    { kind: 'html', afterEffect: true },
  ] satisfies Array<Omit<FaultRule, 'path'>>)
    it(`every write ends in the right state through ${JSON.stringify(fault)}`, async () => {
      world.sim.seed({ addons: [{ Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota()] }] });
      seedGold();
      for (const [method, path] of [
        ['PUT', '/plans/Gold1'],
        ['POST', '/plans/Gold1/services'],
        ['PUT', '/plans/Gold1/quota'],
        ['POST', '/plans/Gold1/addons'],
        ['DELETE', '/plans/Gold1/addons/More'],
        ['DELETE', '/plans/Gold1/services/mysqlservers'],
        ['DELETE', '/plans/Gold1'],
      ] as const)
        world.sim.faults.add({ path, method, ...fault });
      const plan = await admin().get('plan', 'Gold1');
      await admin().update('plan', { ...plan, Price: '7 EUR' });
      await admin().addService('plan', 'Gold1', mysql);
      await admin().setQuotas('plan', 'Gold1', [aQuota({ Settings: [{ Key: 'K', Value: 'v' }] })]);
      await admin().linkAddOn('Gold1', 'More');
      const now = onlyPlan();
      assert.equal(now.Price, '7 EUR');
      assert.deepEqual(now.ServiceQuotas.map(service => service.ServiceName).sort(), ['mysqlservers', 'sqlservers']);
      assert.deepEqual(now.ServiceQuotas[0]?.Settings, [{ Key: 'K', Value: 'v' }]);
      assert.equal(now.AddOnReferences.length, 1);
      await admin().unlinkAddOn('Gold1', 'More');
      await admin().removeService('plan', 'Gold1', mysql.Name);
      await admin().remove('plan', 'Gold1');
      assert.deepEqual(world.sim.state.plans, []);
    });
});

describe('admin calls on the wire', () => {
  let peer: Peer;
  let world: World;
  const answers: Answer[] = [];
  beforeEach(async () => {
    answers.length = 0;
    peer = await startPeer([(...args) => (answers.shift() ?? json(200, []))(...args)]);
    world = await startWorld();
  });
  afterEach(async () => {
    await world.close();
    await peer.close();
  });

  it('carry the headers of the documentation, a new request id for each', async () => {
    const { admin } = world.open({ adminUrl: peer.url, principal: 'CORP\\jürgen' });
    await admin.list('plan');
    await admin.list('addon');
    const [first, second] = peer.seen.map(request => request.headers);
    assert.equal(first?.authorization, 'Bearer fixed-token');
    assert.equal(first?.['x-ms-principal-id'], 'CORP\\j%C3%BCrgen');
    assert.equal(first?.['accept-language'], 'en-US');
    assert.equal(first?.accept, 'application/json');
    assert.match(String(first?.['x-ms-client-request-id']), /^[0-9a-f-]{36}-2026-01-01 00:00:00Z$/);
    assert.notEqual(first?.['x-ms-client-request-id'], second?.['x-ms-client-request-id']);
  });

  it('read the plan back where a write answers without a body', async () => {
    const plan = example('plan.json') as Plan;
    answers.push(raw(200, ''), json(200, plan));
    assert.deepEqual(await world.open({ adminUrl: peer.url }).admin.update('plan', plan), plan);
    assert.deepEqual(JSON.parse(peer.seen[0]?.body ?? ''), plan);
    assert.equal(peer.seen[0]?.headers['content-type'], 'application/json; charset=utf-8');
  });

  it('send the bodies of the documentation', async () => {
    const { admin } = world.open({ adminUrl: peer.url });
    const draft = example('plan-create-request.json') as { DisplayName: string };
    const quotas = example('plan-quota-update-request.json') as Pick<Plan, 'ServiceQuotas'>;
    const service = example('plan-service-add-request.json') as ResourceProviderReference;
    const link = example('plan-addon-link-request.json') as PlanAddOnReference;
    answers.push(json(200, []), json(201, example('plan-create-response.json')), json(200, example('plan.json')));
    answers.push(json(200, service), json(201, link));
    assert.deepEqual(await admin.create('plan', draft), example('plan-create-response.json'));
    assert.deepEqual(await admin.setQuotas('plan', 'a', quotas.ServiceQuotas), example('plan.json'));
    await admin.addService('plan', 'a', service);
    assert.deepEqual(await admin.linkAddOn('a', link.AddOnId), link);
    assert.deepEqual(
      peer.seen.slice(1).map(request => [request.method, request.url, JSON.parse(request.body)]),
      [
        ['POST', '/plans', draft],
        ['PUT', '/plans/a/quota', quotas],
        ['POST', '/plans/a/services', service],
        ['POST', '/plans/a/addons', link],
      ],
    );
  });

  for (const [file, status, code, text] of [
    ['error.json', 409, 'WAP_CONFLICT', /ResourceConflict: A plan with the name .* exists already\.: DisplayName must/],
    ['error-no-details.json', 404, 'WAP_NOT_FOUND', /NotFound: Plan 'Nonexq0w1e2r' was not found\./],
    ['error-resource-provider.json', 400, 'WAP_INPUT', /BadRequest: Quota setting Editions is not valid\./],
  ] as const)
    it(`quote the reason that ${file} gives`, async () => {
      answers.push(json(status, example(file)));
      assert.match((await failure(world.open({ adminUrl: peer.url }).admin.get('plan', 'a'), code)).message, text);
    });

  it('find a created add-on by its name where the answer has no body', async () => {
    const addOn = example('addon.json') as PlanAddOn;
    answers.push(json(200, []), raw(201, ''), json(200, [addOn]));
    assert.deepEqual(await world.open({ adminUrl: peer.url }).admin.create('addon', addOn), addOn);
  });

  it('write sync as the page of each kind does, with an empty body', async () => {
    const { admin } = world.open({ adminUrl: peer.url });
    await admin.syncQuotas('plan', 'a');
    await admin.syncQuotas('addon', 'b');
    assert.deepEqual(
      peer.seen.map(request => [request.method, request.url, request.headers['content-length']]),
      [
        ['PUT', '/plans/a/quota?sync=True', '0'],
        ['PUT', '/addons/b/quota?sync=true', '0'],
      ],
    );
  });

  it('encode in a principal only what is not printable ASCII', () => {
    assert.equal(principalHeader('CORP\\user name@x%5c'), 'CORP\\user name@x%5c');
    assert.equal(principalHeader('日本😀\n'), '%E6%97%A5%E6%9C%AC%F0%9F%98%80%0A');
  });
});
