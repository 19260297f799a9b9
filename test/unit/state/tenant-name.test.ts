import assert from 'node:assert/strict';
import { Mapping } from '../../../lib/mapping/mapping';
import { nameInEvent, putTenantName, tenantNames } from '../../../lib/state/tables/tenant-name';
import { anEvent } from '../../builders';
import { cleanScratch, StillClock, scratchStore } from './scratch';

describe('the name of a tenant', () => {
  afterEach(cleanScratch);
  const named = (eventId: number, name: string | null, account: string | null = null) => ({
    ...{ subscriptionId: 's1', name, account, eventId, isGone: false },
  });

  for (const order of [
    [0, 1],
    [1, 0],
  ])
    it(`is that of the later event, whose gaps the other fills (${order.join(' then ')})`, async () => {
      const store = await scratchStore(new StillClock());
      const events = [named(1, 'Old', 'ann@a'), named(2, 'New')];
      const found = await store.transaction(async tx => {
        for (const index of order) await putTenantName(tx, 'wap', events[index] ?? assert.fail(), 0);
        return tenantNames(tx, 'wap', ['s1', 's2']);
      });
      assert.deepEqual([...found.values()], [{ subscriptionId: 's1', name: 'New', account: 'ann@a' }]);
    });

  it('is that of the mapping where events say none', async () => {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const mapping = new Mapping(store, clock, { installation: 'wap', target: 'billing' });
    const found = await store.transaction(async tx => {
      await putTenantName(tx, 'wap', named(1, null, 'ann@a'), 0);
      await putTenantName(tx, 'wap', { ...named(2, 'Own'), subscriptionId: 's2' }, 0);
      for (const wapId of ['s1', 's2', 's3']) {
        const entry = { kind: 'subscription', wapId, billingId: `b-${wapId}`, name: `mapped ${wapId}` };
        await mapping.put(tx, entry, { by: 'a test' });
      }
      return tenantNames(tx, 'wap', ['s1', 's2', 's3']);
    });
    assert.deepEqual(
      ['s1', 's2', 's3'].map(id => [found.get(id)?.name, found.get(id)?.account]),
      [
        ['mapped s1', 'ann@a'],
        ['Own', null],
        ['mapped s3', null],
      ],
    );
  });

  it('is read from an event that names its subscription', () => {
    const Entity = { SubscriptionID: 's1', SubscriptionName: 'Ours', AccountAdminLiveEmailId: '' };
    const event = anEvent({ EventId: 7, Method: 'delete', Entity });
    assert.deepEqual(nameInEvent(event), { ...named(7, 'Ours'), isGone: true });
    for (const other of [null, 'x', { ...event, EventId: '7' }, { ...event, Entity: {} }, { ...event, Entity: null }])
      assert.equal(nameInEvent(other), null);
  });
});
