import assert from 'node:assert/strict';
import { readPlan } from '../../../lib/wap/client/read';
import { clonePlan, cloneWithin } from '../../../lib/wap/plans/clone';
import { cloneDraft } from '../../../lib/wap/plans/clone-draft';
import { planDifferences } from '../../../lib/wap/plans/compare';
import type { DeleteGuards } from '../../../lib/wap/plans/delete';
import { deletePlan } from '../../../lib/wap/plans/delete';
import type { Kind, PlanOrAddOn } from '../../../lib/wap/types';
import type { FaultRule } from '../../../simulator/fault';
import { aQuota } from '../../builders';
import type { World } from './world';
import { example, failure, startWorld } from './world';

const link = (AddOnId: string) => ({ AddOnId, AddOnInstanceId: null, AcquisitionTime: null });
const xml = { Key: 'Actions', Value: '<Actions>\n <Stamp Id="1"/> </Actions>' };
const services = [
  aQuota(),
  aQuota({
    ServiceName: 'systemcenter',
    ServiceInstanceId: 'e8460b1f-27da-4b6c-b1c8-93d5f04a7e44',
    Settings: [xml, { Key: 'Clouds', Value: '' }],
  }),
  aQuota({ ServiceName: 'webspaces', ServiceInstanceId: '15b9d3e6-98c4-4f77-a2d1-6c0e5a7b8f33', Settings: [] }),
];

let world: World;

const all = (kind: Kind): PlanOrAddOn[] => (kind === 'plan' ? world.sim.state.plans : world.sim.state.addons);
const names = (kind: Kind) =>
  all(kind)
    .map(plan => plan.DisplayName)
    .sort();
const named = (kind: Kind, name: string) => {
  const found = all(kind).find(plan => plan.DisplayName === name);
  assert.ok(found, `WAP has no ${kind} ${name}`);
  return found;
};
const clone = (kind: Kind, id: string, name?: string) =>
  clonePlan(world.wap.admin, kind, id, name === undefined ? {} : { name }, { clock: world.clock });

const subjects = [
  ['plan', 'Gold1', 'Gold'],
  ['addon', 'More', 'More'],
] as const;

const faults: Array<Omit<FaultRule, 'path'>> = [
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'status', status: 500 },
  { kind: 'rate' },
  { kind: 'rate', afterEffect: true },
  { kind: 'cut-json' },
  { kind: 'html', afterEffect: true },
];

beforeEach(async () => {
  world = await startWorld();
  world.sim.seed({
    addons: [{ Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota()], MaxOccurrencesPerPlan: 3, Price: '1 EUR' }],
    plans: [
      {
        Id: 'Gold1',
        DisplayName: 'Gold',
        State: 1,
        Price: '9 EUR',
        InvitationCode: 'welcome',
        MaxSubscriptionsPerAccount: -1,
        Advertisements: [
          { LanguageCode: 'en-us', DisplayName: 'Gold', Description: 'Large' },
          { LanguageCode: 'es-es', DisplayName: 'Oro', Description: null },
        ],
        ServiceQuotas: services,
        AddOnReferences: [link('More')],
        SecurityGroups: ['CORP\\gold'],
      },
    ],
  });
});
afterEach(() => world.close());

describe('clonePlan', () => {
  it('sends what the documented recipe sends', () => {
    const draft = cloneDraft(readPlan(example('plan.json')), 'Bronze Hosting (copy)');
    assert.deepEqual(draft, example('plan-clone-create-request.json'));
  });

  for (const [kind, id, name] of subjects) {
    it(`${kind}: makes a private copy with a new id and leaves the original as it was`, async () => {
      const before = named(kind, name);
      const made = await clone(kind, id);
      assert.deepEqual(planDifferences(before, made.clone), []);
      assert.deepEqual(made.original, before);
      assert.deepEqual(planDifferences(before, named(kind, name)), []);
      assert.deepEqual([named(kind, name).Id, named(kind, name).State], [id, before.State]);
      assert.equal(made.clone.State, 0);
      assert.equal(made.clone.DisplayName, `${name} (r2)`);
      assert.notEqual(made.clone.Id, id);
      assert.ok(!world.writes().some(write => new RegExp(`^PUT /[a-z]+/${id}(/|$)`).test(write)));
    });

    it(`${kind}: a repeat finds the clone instead of making another`, async () => {
      const first = await clone(kind, id);
      const sent = world.writes().length;
      assert.equal((await clone(kind, id)).clone.Id, first.clone.Id);
      assert.equal(world.writes().length, sent);
    });

    it(`${kind}: a clone of the clone counts on`, async () => {
      const first = await clone(kind, id);
      assert.equal((await clone(kind, first.clone.Id)).clone.DisplayName, `${name} (r3)`);
    });

    for (const fault of faults)
      it(`${kind}: makes one whole clone when every call meets ${JSON.stringify(fault)}`, async () => {
        for (const path of [/^\/(plans|addons)$/, /^\/(plans|addons)\/[^/]+$/, /\/services$/, /\/quota$/, /\/addons$/])
          for (const method of ['GET', 'POST', 'PUT']) world.sim.faults.add({ path, method, ...fault });
        const made = await clone(kind, id);
        assert.deepEqual(names(kind), [name, `${name} (r2)`]);
        assert.deepEqual(planDifferences(named(kind, name), made.clone), []);
      });

    for (const path of ['quota', kind === 'plan' ? 'addons' : 'quota'])
      it(`${kind}: removes the half-made clone when ${path} is refused`, async () => {
        const before = named(kind, name);
        world.sim.faults.add({ kind: 'status', status: 400, path: new RegExp(`/${path}$`), method: 'PUT', times: 9 });
        world.sim.faults.add({
          kind: 'status',
          status: 400,
          path: new RegExp(`/plans/[^/]+/${path}$`),
          method: 'POST',
          times: 9,
        });
        await failure(clone(kind, id), 'WAP_INPUT');
        assert.deepEqual(names(kind), [name]);
        assert.deepEqual(named(kind, name), before);
      });

    it(`${kind}: says what is left when the half-made clone cannot be removed, and finishes it later`, async () => {
      const refusal = world.sim.faults.add({ kind: 'status', status: 400, path: /\/quota$/, method: 'PUT', times: 9 });
      const stuck = world.sim.faults.add({ kind: 'status', status: 403, path: /./, method: 'DELETE', times: 9 });
      const error = await failure(clone(kind, id), 'WAP_INPUT');
      assert.match(error.message, new RegExp(`half-made .*${name} \\(r2\\).* could not be removed`));
      refusal.remove();
      stuck.remove();
      const half = named(kind, `${name} (r2)`);
      assert.equal((await clone(kind, id)).clone.Id, half.Id);
      assert.deepEqual(names(kind), [name, `${name} (r2)`]);
    });

    it(`${kind}: leaves the half-made clone when it is aborted, and finishes it later`, async () => {
      const abort = new AbortController();
      const held = world.sim.faults.add({ kind: 'hold-before', path: /\/quota$/, method: 'PUT' });
      const cloning = clonePlan(world.wap.admin, kind, id, {}, { signal: abort.signal, clock: world.clock });
      const aborted = failure(cloning, 'ABORTED');
      await held.untilHit();
      abort.abort();
      await aborted;
      const half = named(kind, `${name} (r2)`);
      held.remove();
      assert.equal((await clone(kind, id)).clone.Id, half.Id);
    });
  }

  it('ends with the last round that is allowed, by the name alone', async () => {
    const within = async (id: string, rounds: number | undefined) =>
      (await cloneWithin(rounds, world.wap.admin, 'plan', id, {}, { clock: world.clock }))?.clone;
    assert.equal(await within('Gold1', 1), undefined);
    assert.deepEqual(names('plan'), ['Gold']);
    const second = await within('Gold1', 2);
    assert.equal(second?.DisplayName, 'Gold (r2)');
    assert.equal(await within(second.Id, 2), undefined);
    assert.equal((await within(second.Id, undefined))?.DisplayName, 'Gold (r3)');
  });

  it('passes by a plan of the next name that is another’s', async () => {
    world.sim.seed({
      plans: [
        { DisplayName: 'Gold (r2)', Price: '1 EUR' },
        { DisplayName: 'Gold (r3)', State: 1 },
      ],
    });
    assert.equal((await clone('plan', 'Gold1')).clone.DisplayName, 'Gold (r4)');
    assert.equal(named('plan', 'Gold (r2)').Price, '1 EUR');
  });

  it('passes by an equal plan that somebody subscribed to', async () => {
    const first = await clone('plan', 'Gold1');
    world.sim.seed({ subscriptions: [{ PlanId: first.clone.Id }] });
    assert.equal((await clone('plan', 'Gold1')).clone.DisplayName, 'Gold (r3)');
  });

  it('takes a name of its own, and is WAP_CONFLICT where that is another’s', async () => {
    assert.equal((await clone('plan', 'Gold1', 'Gold 2026')).clone.DisplayName, 'Gold 2026');
    world.sim.seed({ plans: [{ DisplayName: 'Taken', State: 1 }] });
    await failure(clone('plan', 'Gold1', 'Taken'), 'WAP_CONFLICT');
    await failure(clone('plan', 'Gold1', 'Gold'), 'WAP_CONFLICT');
    assert.deepEqual(names('plan'), ['Gold', 'Gold 2026', 'Taken']);
  });

  it('is WAP_CLONE_DIFFERS with the differences when WAP keeps something else, and removes the clone', async () => {
    const { admin } = world.wap;
    const forgetful = {
      ...admin,
      setQuotas: async (...[kind, id, quotas, options]: Parameters<typeof admin.setQuotas>) =>
        admin.setQuotas(kind, id, quotas.slice(0, 1), options),
    };
    const error = await failure(clonePlan(forgetful, 'plan', 'Gold1', {}, { clock: world.clock }), 'WAP_CLONE_DIFFERS');
    const details = JSON.stringify(error.cause.details);
    assert.match(details, /quotas of service systemcenter differ/);
    assert.deepEqual(names('plan'), ['Gold']);
  });

  it('clones a plan without services, quotas and links', async () => {
    world.sim.seed({ plans: [{ Id: 'Bare1', DisplayName: 'Bare' }] });
    assert.equal((await clone('plan', 'Bare1')).clone.DisplayName, 'Bare (r2)');
  });
});

describe('deletePlan', () => {
  const remove = (kind: Kind, id: string, guards?: DeleteGuards) => deletePlan(world.wap.admin, kind, id, guards);

  it('unlinks and deletes a private plan, and an add-on', async () => {
    const { clone: copy } = await clone('plan', 'Gold1');
    assert.equal((await remove('plan', copy.Id)).plan?.Id, copy.Id);
    assert.deepEqual(names('plan'), ['Gold']);
    await remove('addon', 'More');
    assert.deepEqual(names('addon'), []);
    assert.deepEqual(named('plan', 'Gold').AddOnReferences, []);
  });

  it('counts an unknown plan as deleted', async () => {
    assert.deepEqual(await remove('plan', 'nothing'), { plan: null });
  });

  it('refuses a public plan unless it is allowed', async () => {
    const error = await failure(remove('plan', 'Gold1'), 'WAP_REFUSED');
    assert.match(error.message, /plan Gold was not deleted: it is public.*Remedy/);
    assert.deepEqual(world.writes(), []);
    await remove('plan', 'Gold1', { allowPublic: true });
    assert.deepEqual(names('plan'), []);
  });

  it('refuses a plan with subscriptions; allowed, WAP itself decides', async () => {
    world.sim.seed({ subscriptions: [{ PlanId: 'Gold1' }] });
    const error = await failure(remove('plan', 'Gold1', { allowPublic: true }), 'WAP_REFUSED');
    assert.match(error.message, /has 1 subscriptions/);
    await failure(remove('plan', 'Gold1', { allowPublic: true, allowSubscriptions: true }), 'WAP_CONFLICT');
  });

  for (const [kind, id, name] of subjects) {
    it(`${kind}: deletes an original only while its clone is equal`, async () => {
      const { clone: copy } = await clone(kind, id);
      const guards = { allowPublic: true, unlessCloneEquals: copy.Id };
      await world.wap.admin.update(kind, { ...copy, Price: '2 EUR' });
      const error = await failure(remove(kind, id, guards), 'WAP_REFUSED');
      assert.deepEqual(error.cause.details, ['Price differs']);
      assert.deepEqual(names(kind), [name, `${name} (r2)`]);
      await world.wap.admin.update(kind, copy);
      await remove(kind, id, guards);
      assert.deepEqual(names(kind), [`${name} (r2)`]);
    });

    it(`${kind}: deletes the original also when an earlier try unlinked it and broke off`, async () => {
      const { clone: copy } = await clone(kind, id);
      const guards = { allowPublic: true, unlessCloneEquals: copy.Id };
      const stuck = world.sim.faults.add({
        kind: 'status',
        status: 403,
        path: new RegExp(`^/[a-z]+/${id}$`),
        method: 'DELETE',
      });
      await failure(remove(kind, id, guards), 'WAP_FORBIDDEN');
      assert.equal(stuck.hits, 1);
      await remove(kind, id, guards);
      assert.deepEqual(names(kind), [`${name} (r2)`]);
    });

    for (const fault of faults)
      it(`${kind}: is gone when every call meets ${JSON.stringify(fault)}`, async () => {
        for (const method of ['GET', 'DELETE']) world.sim.faults.add({ path: /./, method, ...fault });
        await remove(kind, id, { allowPublic: true });
        assert.deepEqual(names(kind), []);
      });
  }

  it('refuses when the clone is gone, or is the plan itself', async () => {
    const guards = { allowPublic: true };
    await failure(remove('plan', 'Gold1', { ...guards, unlessCloneEquals: 'nothing' }), 'WAP_REFUSED');
    await failure(remove('plan', 'Gold1', { ...guards, unlessCloneEquals: 'Gold1' }), 'WAP_REFUSED');
    assert.deepEqual(names('plan'), ['Gold']);
  });
});
