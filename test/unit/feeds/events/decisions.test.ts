import assert from 'node:assert/strict';
import { cleanScratch } from '../../state/scratch';
import { alarmsOf, cursorOf, done, FeedDesk, idsOf } from './feed-desk';

const hour = 3_600_000;

describe('event feed: what WAP decides', () => {
  let desk: FeedDesk;
  beforeEach(async () => {
    desk = await FeedDesk.open();
  });
  afterEach(cleanScratch);

  it('changes nothing for a rejected event, which counts as settled', async () => {
    desk.wap.plan('a', { State: 1 });
    const feed = desk.feed();
    await feed.poll();
    assert.equal(await feed.next(), null);
    assert.deepEqual(await cursorOf(feed, 'plans'), { fetched: 1, delivered: 1 });
  });

  for (const [state, emitted] of [
    [0, [2]],
    [1, null],
  ] as const) {
    it(`reads a pending event again until it has state ${state}`, async () => {
      desk.wap.plan('a');
      desk.wap.plan('b', { State: 2 });
      const feed = desk.feed({ overlap: 0 });
      await feed.poll();
      await feed.settle((await feed.next())?.token ?? '', done);
      assert.deepEqual([await idsOf(feed), (await feed.status()).pending], [null, 1]);
      assert.deepEqual(await cursorOf(feed, 'plans'), { fetched: 2, delivered: 1 });
      desk.wap.show('plans', { EventId: 2, State: 3, Entity: { Id: 'b' } });
      await feed.poll();
      desk.wap.show('plans', { EventId: 2, State: state, Entity: { Id: 'b' } });
      assert.deepEqual((await feed.poll()).alarms, []);
      assert.deepEqual([await idsOf(feed), (await feed.status()).pending], [emitted, 0]);
    });
  }

  it('raises one alarm for an event that stays pending for a day', async () => {
    desk.wap.plan('a', { State: 2 });
    const feed = desk.feed();
    await feed.poll();
    desk.clock.time += 24 * hour;
    assert.deepEqual(await alarmsOf(feed), ['pending 1']);
    assert.deepEqual(await alarmsOf(feed), []);
  });

  it('does not let a pending event hold up others', async () => {
    desk.wap.plan('a', { State: 2 });
    desk.wap.plan('b');
    const feed = desk.feed();
    await feed.poll();
    assert.deepEqual(await idsOf(feed), [2]);
  });

  it('keeps the first body of an id, and puts another one in quarantine with one alarm', async () => {
    const first = desk.wap.plan('a');
    const feed = desk.feed();
    await feed.poll();
    desk.wap.show('plans', { ...first, Entity: { Id: 'forged' } });
    assert.deepEqual(await alarmsOf(feed), ['quarantine 1']);
    assert.deepEqual(await alarmsOf(feed), []);
    assert.deepEqual((await feed.next())?.events[0]?.event, first);
    const [second] = await feed.quarantined();
    assert.match(second?.body ?? '', /forged/);
  });

  it('does not mind another order of fields', async () => {
    const { State, ...rest } = desk.wap.plan('a');
    const feed = desk.feed();
    await feed.poll();
    desk.wap.show('plans', { ...rest, Entity: { DisplayName: 'a', Id: 'a' }, State });
    assert.deepEqual(await alarmsOf(feed), []);
  });
});
