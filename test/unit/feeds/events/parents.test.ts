import assert from 'node:assert/strict';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import { statement } from '../../../../lib/state/port';
import { cleanScratch, fails } from '../../state/scratch';
import { alarmsOf, FeedDesk, idsOf } from './feed-desk';

describe('event feed: parents', () => {
  let desk: FeedDesk;
  beforeEach(async () => {
    desk = await FeedDesk.open();
  });
  afterEach(cleanScratch);

  it('lets an event of an unknown plan wait without holding up others', async () => {
    desk.wap.service('unknown');
    desk.wap.plan('a');
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual([await idsOf(feed), desk.looked, (await feed.status()).waiting], [[2], [], 1]);
  });

  it('emits it when the plan shows up', async () => {
    desk.wap.service('late');
    const feed = desk.feed();
    await feed.poll();
    desk.wap.plan('late');
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1, 2]);
  });

  it('asks WAP for the plan after the limit, and emits the event when it is there', async () => {
    desk.wap.service('old');
    desk.known.add('old');
    const feed = desk.feed({ start: 'beginning', parentLimitMs: 1000 });
    await feed.poll();
    desk.clock.time += 1000;
    await feed.poll();
    assert.deepEqual([desk.looked, await idsOf(feed)], [['plan old'], [1]]);
  });

  it('asks WAP at once for a plan of which no feed tells that is read', async () => {
    desk.wap.raise('subscriptions', { Entity: { SubscriptionID: 's1', PlanId: 'old' } });
    desk.known.add('old');
    const feed = new EventFeed({ ...desk.settings(), feeds: ['subscriptions', 'subscriptionAddons'] });
    await feed.poll();
    assert.deepEqual([desk.looked, await idsOf(feed)], [['plan old'], [1]]);
  });

  it('waits for both the plan and the add-on of a link', async () => {
    desk.wap.raise('planAddons', { EntityParentId: 'p', Entity: { AddOnId: 'a' } });
    desk.wap.plan('p');
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [2]);
    desk.wap.raise('addons', { Entity: { Id: 'a' } });
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1, 3]);
  });

  it('knows a subscription that another feed writes in capitals, and keeps its events in order', async () => {
    const SubscriptionID = 'aaaaaaaa-0000-0000-0000-00000000beef';
    desk.wap.plan('gold');
    desk.wap.raise('subscriptions', { Entity: { SubscriptionID, PlanId: 'gold' } });
    desk.wap.raise('subscriptions', { Entity: { SubscriptionID: SubscriptionID.toUpperCase(), PlanId: 'gold' } });
    desk.wap.raise('addons', { Entity: { Id: 'a' } });
    desk.wap.raise('subscriptionAddons', {
      EntityParentId: SubscriptionID.toUpperCase(),
      Entity: { AddOnId: 'a', AddOnInstanceId: null },
    });
    const feed = new EventFeed({
      ...desk.settings(),
      feeds: ['plans', 'addons', 'subscriptions', 'subscriptionAddons'],
    });
    await feed.poll();
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1, 2, 3, 4, 5]);
    const store = desk.store;
    const keys = statement<{ keys: number }>(
      "SELECT COUNT(DISTINCT entity_key) AS keys FROM delivery WHERE entity_key LIKE 'subscription/%'",
    );
    assert.equal((await store.transaction(tx => tx.rows(keys)))[0]?.keys, 1);
  });

  it('parks it visibly when WAP does not know the plan either', async () => {
    desk.wap.service('gone');
    desk.wap.plan('a');
    const feed = desk.feed({ parentLimitMs: 1000 });
    await feed.poll();
    desk.clock.time += 1000;
    assert.deepEqual(await alarmsOf(feed), ['parked 1']);
    assert.deepEqual(await alarmsOf(feed), []);
    const [parked] = await feed.parked();
    assert.deepEqual([parked?.eventId, parked?.reason], [1, 'WAP does not know the plan gone']);
    assert.deepEqual(await idsOf(feed), [2]);
  });

  it('asks again later when the look-up fails, and says so', async () => {
    desk.wap.service('p');
    const feed = new EventFeed({
      ...desk.settings({ parentLimitMs: 1000 }),
      fetchParent: async () => {
        desk.looked.push('asked');
        throw new Error('admin API is down');
      },
    });
    await feed.poll();
    desk.clock.time += 1000;
    assert.match(String((await feed.poll()).failures[0]?.error), /admin API is down/);
    await feed.poll();
    assert.equal(desk.looked.length, 1);
    desk.clock.time += 1000;
    await feed.poll();
    assert.equal(desk.looked.length, 2);
  });

  it('lets a person send a parked event on, or give it up', async () => {
    desk.wap.service('gone');
    desk.wap.service('gone too');
    const feed = desk.feed({ parentLimitMs: 0 });
    await feed.poll();
    await feed.sendAgain(1, 'planServices');
    await feed.giveUp(2, 'the plan was a test', 'planServices');
    assert.deepEqual(await idsOf(feed), [1]);
    assert.deepEqual(
      (await feed.deadLetters()).map(row => row.reason),
      ['the plan was a test'],
    );
    const again = feed.sendAgain(1, 'planServices');
    await assert.rejects(again, fails('STATE_NOT_FOUND', /neither a dead letter nor parked/));
  });

  it('does not wait for a plan that the event does not name', async () => {
    desk.wap.raise('planServices', { EntityParentId: null });
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [1]);
  });
});
