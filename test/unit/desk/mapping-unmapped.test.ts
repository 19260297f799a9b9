import assert from 'node:assert/strict';
import { unmappedOf } from '../../../lib/desk/mapping-unmapped';
import { Mapping } from '../../../lib/mapping/mapping';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';
import { startWorld, type World } from '../wap/world';

const scope = { installation: 'wap', target: 'billing' };
const idOf = (index: number): string => `aaaaaaaa-0000-0000-0000-${String(index).padStart(12, '0')}`;

describe('what WAP has and the mapping does not', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(async () => {
    await world.close();
    await cleanScratch();
  });

  async function asked(mapped: Array<[kind: string, wapId: string]>, now = () => 0) {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const mapping = new Mapping(store, clock, scope);
    for (const [kind, wapId] of mapped)
      await mapping.store.transaction(tx => mapping.put(tx, { kind, wapId, billingId: `b-${wapId}` }, { by: 'ann' }));
    return unmappedOf(store, world.wap, scope, { signal: AbortSignal.timeout(30_000), now });
  }

  it('is plans, add-ons, then subscriptions, without those that are being deleted', async () => {
    world.sim.seed({
      addons: [{ Id: 'extra', DisplayName: 'Extra' }],
      plans: ['gold', 'tin'].map(Id => ({ Id, DisplayName: Id })),
      subscriptions: [
        { SubscriptionID: idOf(1), PlanId: 'gold', SubscriptionName: 'Ours' },
        { SubscriptionID: idOf(2), PlanId: 'gold' },
        { SubscriptionID: idOf(3), PlanId: 'gold', State: 3 },
      ],
    });
    const { rows, isAll } = await asked([
      ['plan', 'GOLD'],
      ['subscription', idOf(2).toUpperCase()],
    ]);
    assert.deepEqual(
      rows.map(({ kind, wapId, name }) => [kind, wapId, name]),
      [
        ['plan', 'tin', 'tin'],
        ['addon', 'extra', 'Extra'],
        ['subscription', idOf(1), 'Ours'],
      ],
    );
    assert.equal(isAll, true);
  });

  const seedMany = (count: number) => {
    const all = Array.from({ length: count }, (_none, index) => ({ SubscriptionID: idOf(index), PlanId: 'gold' }));
    world.sim.seed({ plans: [{ Id: 'gold', DisplayName: 'Gold' }], subscriptions: all });
  };

  it('ends after 500, and says that there may be more', async () => {
    seedMany(501);
    const { rows, isAll } = await asked([]);
    assert.deepEqual([rows.length, isAll], [500, false]);
  });

  /** Each look at it finds that the time is over. */
  const slow = () => {
    let time = 0;
    return () => {
      time += 7_000;
      return time;
    };
  };

  it('ends after the page during which the time was over, and says that there may be more', async () => {
    seedMany(600);
    const { rows, isAll } = await asked([], slow());
    assert.deepEqual([rows.length, isAll], [500, false]);
  });

  it('does not say so where that page was the last', async () => {
    seedMany(3);
    const { rows, isAll } = await asked([], slow());
    assert.deepEqual([rows.length, isAll], [4, true]);
  });
});
