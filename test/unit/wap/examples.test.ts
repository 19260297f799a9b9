import assert from 'node:assert/strict';
import { readApproval } from '../../../lib/calls/approval-request';
import { readRecords } from '../../../lib/wap/client/read-record';
import { readPage, readSubscription } from '../../../lib/wap/subscriptions/read-subscription';
import type { PlanAddOnReference, Subscription } from '../../../lib/wap/types';
import { type Answer, json, type Peer, startPeer } from '../http/peer';
import { example, startWorld, type World } from './world';

const text = (name: string) => JSON.stringify(example(name));

describe('the sample payloads of tenants, usage and calls', () => {
  it('are read without a loss: subscriptions', () => {
    assert.deepEqual(readSubscription(example('subscription.json'), 'it'), example('subscription.json'));
    assert.deepEqual(
      readPage(example('subscription-list.json'), 'it', readSubscription),
      example('subscription-list.json'),
    );
  });

  it('are read without a loss: usage records, in the order of their ids', () => {
    const records = example('usage-records.json');
    const bytes = Buffer.from(text('usage-records.json'));
    assert.deepEqual(readRecords({ json: records, bytes }).records, records);
  });

  for (const [name, kind, action] of [
    ['subscription-create', 'plan', 'create'],
    ['subscription-update', 'plan', 'update'],
    ['subscription-delete', 'plan', 'delete'],
    ['subscription-addon-create', 'addon', 'create'],
    ['subscription-addon-delete', 'addon', 'delete'],
  ] as const)
    it(`are read without a loss: approval of ${name}`, () => {
      const file = `approval-request-${name}.json`;
      const request = readApproval(kind, Buffer.from(text(file)));
      assert.equal(request.action, action);
      assert.deepEqual(request.event, example(file));
    });

  describe('on the wire', () => {
    let peer: Peer;
    let world: World;
    const answers: Answer[] = [];
    let shown: Partial<Subscription> = {};
    const subscription = () => ({ ...(example('subscription.json') as Subscription), ...shown });
    before(async () => {
      peer = await startPeer([(...args) => (answers.shift() ?? json(200, subscription()))(...args)]);
      world = await startWorld();
    });
    after(async () => {
      await world.close();
      await peer.close();
    });

    it('are what a change of a subscription sends', async () => {
      const { subscriptions } = world.open({ adminUrl: peer.url });
      const { SubscriptionID: id } = example('subscription.json') as Subscription;
      const { PlanId } = example('subscription-patch-migrate-request.json') as { PlanId: string };
      await subscriptions.activate(id);
      shown = { State: 2 };
      await subscriptions.suspend(id);
      shown = { PlanId };
      await subscriptions.migrate(id, PlanId);
      const bodies = peer.seen.filter(({ method }) => method === 'PATCH').map(({ body }) => JSON.parse(body));
      assert.deepEqual(
        bodies,
        ['activate', 'suspend', 'migrate'].map(name => example(`subscription-patch-${name}-request.json`)),
      );
    });

    it('are what buying an add-on sends and gets', async () => {
      const { subscriptions } = world.open({ adminUrl: peer.url });
      const { SubscriptionID: id } = example('subscription.json') as Subscription;
      const wanted = example('subscription-addon-add-request.json') as PlanAddOnReference;
      const bought = example('subscription-addon-add-response.json') as PlanAddOnReference;
      answers.push(json(200, subscription()), json(200, bought));
      shown = { AddOnReferences: [bought] };
      assert.deepEqual(await subscriptions.buyAddOn(id, wanted.AddOnId), bought);
      const sent = peer.seen.find(({ method }) => method === 'POST');
      assert.deepEqual(JSON.parse(sent?.body ?? ''), wanted);
    });
  });
});
