import assert from 'node:assert/strict';
import { setPlanState } from '../../../lib/wap/plans/publish';
import { planState } from '../../../lib/wap/types';
import { aQuota } from '../../builders';
import type { World } from './world';
import { failure, startWorld } from './world';

describe('setPlanState', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    world.sim.seed({
      plans: [{ Id: 'Gold1', DisplayName: 'Gold', Price: '9 EUR', ServiceQuotas: [aQuota()], 'x-group': 'CORP' }],
      addons: [{ Id: 'More', DisplayName: 'More' }],
    });
  });
  afterEach(() => world.close());

  for (const [kind, id] of [
    ['plan', 'Gold1'],
    ['addon', 'More'],
  ] as const)
    for (const state of ['public', 'decommissioned', 'private'] as const)
      it(`brings an ${kind} to ${state}, and sends nothing the second time`, async () => {
        await setPlanState(world.wap.admin, kind, id, state === 'private' ? 'public' : 'private');
        const plan = await setPlanState(world.wap.admin, kind, id, state);
        assert.equal(plan.State, planState[state]);
        const sent = world.writes().length;
        assert.deepEqual(await setPlanState(world.wap.admin, kind, id, state), plan);
        assert.equal(world.writes().length, sent);
      });

  it('changes nothing but the state', async () => {
    const [before] = world.sim.state.plans;
    await setPlanState(world.wap.admin, 'plan', 'Gold1', 'public');
    assert.deepEqual(world.sim.state.plans, [{ ...before, State: 1 }]);
  });

  it('publishes through a lost answer', async () => {
    world.sim.faults.add({ kind: 'reset-after', path: '/plans/Gold1', method: 'PUT' });
    assert.equal((await setPlanState(world.wap.admin, 'plan', 'Gold1', 'public')).State, 1);
  });

  it('is WAP_NOT_FOUND for an unknown plan', async () => {
    await failure(setPlanState(world.wap.admin, 'plan', 'nothing', 'public'), 'WAP_NOT_FOUND');
  });

  it('says so when WAP took the change but shows another state', async () => {
    const { admin } = world.wap;
    world.sim.faults.add({ kind: 'claim', path: '/plans/Gold1', method: 'PUT' });
    const wait = { clock: world.clock, settleMs: 2_000 };
    const error = await failure(setPlanState(admin, 'plan', 'Gold1', 'public', wait), 'WAP_BAD_RESPONSE');
    assert.match(error.message, /plan Gold, but does not show it: State is 0, not public/);
  });
});
