import assert from 'node:assert/strict';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import { wholePlan } from '../../../../lib/feeds/events/whole-plan';
import type { Store } from '../../../../lib/state/port';
import type { Open, UsageEvent } from '../../../../lib/wap/types';
import { anAddOn, aPlan } from '../../../builders';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { startWorld, type World } from '../../wap/world';
import { MemoryWap } from '../memory-wap';

const key = { installation: 'wap', consumer: 'billing' };
const Id = 'Gold1';

describe('whole plan of an event', () => {
  let world: World;
  let store: Store;
  let wap: MemoryWap;
  before(async () => {
    world = await startWorld();
    world.sim.seed({ plans: [{ Id: 'Live1', DisplayName: 'Live', Price: '7' }] });
  });
  after(() => world.close());
  beforeEach(async () => {
    store = await scratchStore(new StillClock());
    wap = new MemoryWap();
  });
  afterEach(cleanScratch);

  const raise = (Method: string, Entity: Open) => wap.raise('plans', { Method, Entity });
  const whole = async (event: UsageEvent) => {
    const clock = new StillClock();
    const reading = {
      store,
      usage: wap,
      installation: 'wap',
      reader: 'billing',
      feeds: ['plans' as const],
      clock,
      fetchParent: async () => true,
    };
    await new EventFeed(reading).poll();
    return wholePlan(store, key, { feed: 'plans', event }, world.wap.admin, new AbortController().signal);
  };
  const reads = () => world.sim.log.entries({ server: 'admin', method: 'GET' }).length;

  for (const method of ['POST', 'PUT', 'DELETE', '0']) {
    it(`is in the event itself after ${method}`, async () => {
      const plan = aPlan({ Id });
      const before = reads();
      assert.deepEqual(await whole(raise(method, plan)), { kind: 'plan', plan });
      assert.equal(reads(), before);
    });
  }

  it('is the earlier event with the changes laid over it', async () => {
    raise('POST', aPlan({ Id, Price: '1', State: 0 }));
    raise('PUT', aPlan({ Id, Price: '2', State: 0 }));
    raise('PATCH', { Id, Price: '3', State: 0, AddOns: [], InvitationCode: null });
    const event = raise('PATCH', { Id, State: 1, Created: '0001-01-01T00:00:00' });
    assert.deepEqual((await whole(event))?.plan, aPlan({ Id, Price: '3', State: 1 }));
  });

  it('does not take what came later, or what WAP rejected', async () => {
    raise('POST', aPlan({ Id, Price: '1' }));
    wap.raise('plans', { Method: 'PATCH', State: 1, Entity: { Id, Price: '2' } });
    const event = raise('PATCH', { Id, DisplayName: 'Golden' });
    raise('PATCH', { Id, Price: '3' });
    const plan = (await whole(event))?.plan;
    assert.deepEqual([plan?.DisplayName, plan?.Price], ['Golden', '1']);
  });

  it('is asked of WAP when the inbox does not reach back to it', async () => {
    const event = raise('PATCH', { Id: 'Live1', DisplayName: 'Lively' });
    assert.deepEqual(
      (await whole(event))?.plan,
      world.sim.state.plans.find(plan => plan.Id === 'Live1'),
    );
  });

  it('is not known any more when WAP has removed it since', async () => {
    assert.equal(await whole(raise('PATCH', { Id: 'Gone1', Price: '3' })), null);
  });

  it('fails while WAP does not answer', async () => {
    world.sim.faults.add({ kind: 'status', server: 'admin', path: '/plans/Live1', times: 3 });
    await assert.rejects(whole(raise('PATCH', { Id: 'Live1', Price: '3' })), fails('WAP_SERVER', /Live1/));
  });

  it('is none for a link, and an add-on for its feed', async () => {
    const event = wap.raise('planAddons', { Entity: { AddOnId: 'More1' }, EntityParentId: Id });
    const { signal } = new AbortController();
    const of = (feed: 'planAddons' | 'addons', each: UsageEvent) =>
      wholePlan(store, key, { feed, event: each }, world.wap.admin, signal);
    assert.equal(await of('planAddons', event), null);
    const addon = anAddOn({ Id: 'More1' });
    assert.deepEqual(await of('addons', wap.raise('addons', { Entity: addon })), { kind: 'addon', plan: addon });
  });
});
