import assert from 'node:assert/strict';
import { followEvent } from '../../../lib/tenants/follow';
import { type Json, type StandIn, standIn } from '../billing/stand-in';
import { cleanScratch } from '../state/scratch';
import { anEvent, type TenantWorld, tenantWorld } from './tenant-world';

const id = 'aaaaaaaa-0000-0000-0000-000000000001';
const whole = { SubscriptionID: id, SubscriptionName: 'Anna', PlanId: 'gold', State: 1 };

/** As OpenMeter does: a change of plan ends the subscription and begins another one. */
const templates = {
  subscriptionRead: {
    method: 'GET',
    path: '/customers/{key}/subscriptions',
    answer: 'items[-1].{ "remoteId": id, "state": status, "offerKey": plan, "name": name }',
  },
  subscriptionCreate: { method: 'POST', path: '/subscriptions', body: '{ "customerKey": key, "plan": offerKey }' },
  subscriptionPlan: {
    method: 'POST',
    path: '/subscriptions/{remoteId}/change',
    body: '{ "plan": offerKey }',
    answer: 'next.{ "remoteId": id, "state": status, "offerKey": plan }',
  },
  subscriptionSuspend: null,
  subscriptionResume: null,
  subscriptionList: null,
  subscriptionAnswer: '{ "remoteId": id, "state": status, "offerKey": plan }',
};

describe('a subscription whose id in billing changes', () => {
  let world: TenantWorld;
  let billing: StandIn;
  const items: Json[] = [];
  beforeEach(async () => {
    items.length = 0;
    world = await tenantWorld();
    billing = await standIn(templates, (call, { plan }) => {
      if (call.startsWith('GET')) return [200, { items }];
      for (const item of items) item.status = 'cancelled';
      items.push({ id: `s-${items.length}`, status: 'active', plan });
      return [200, call.includes('/change') ? { next: items.at(-1) } : items.at(-1)];
    });
  });
  afterEach(async () => {
    await Promise.all([billing.close(), world.close()]);
  });
  after(() => cleanScratch());

  it('is followed by the mapping, with the old id in its history', async () => {
    const keep = async (number: number, changed: Json) => {
      const event = anEvent(number, 'PUT', { ...whole, ...changed });
      const { output, entries } = await followEvent({ ...world.tools, billing: billing.connection }, event);
      for (const entry of entries)
        await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test', replace: 'own' }));
      return output;
    };
    assert.deepEqual([await keep(1, {}), await keep(2, { PlanId: 'silver' })], ['done', 'done']);
    // Also where the process ended between the change and the mapping, and after what billing cannot do.
    assert.deepEqual(
      [await keep(2, { PlanId: 'silver' }), await keep(3, { PlanId: 'silver', State: 2 })],
      ['done', 'done'],
    );
    assert.deepEqual(
      items.map(({ status, plan }) => [status, plan]),
      [
        ['cancelled', 'gold'],
        ['active', 'silver'],
      ],
    );
    assert.equal(
      (await world.mapping.store.transaction(tx => world.mapping.getByWapId(tx, 'subscription', id))).billingId,
      's-1',
    );
    const history = await world.mapping.store.transaction(tx =>
      world.mapping.history(tx, { kind: 'subscription', wapId: id }),
    );
    assert.deepEqual(
      history.map(({ before, after }) => [before?.billingId, after?.billingId]),
      [
        ['s-0', 's-1'],
        [undefined, 's-0'],
      ],
    );
  });

  it('is not taken from another one', async () => {
    const entry = { kind: 'subscription', wapId: 'another', billingId: 's-1' };
    await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test' }));
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: id, billingId: 's-0' }, { by: 'test' }),
    );
    const put = world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'subscription', wapId: id, billingId: 's-1' }, { by: 'test', replace: 'own' }),
    );
    await assert.rejects(put, /already mapped to the subscription another/);
  });
});
