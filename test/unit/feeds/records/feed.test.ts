import assert from 'node:assert/strict';
import type { EventOutcome } from '../../../../lib/feeds/outcome';
import type { RecordBatch } from '../../../../lib/feeds/records/batch';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import type { RecordFeedSettings, RecordOptions } from '../../../../lib/feeds/records/options';
import { singleToken } from '../../../../lib/feeds/token';
import { Mapping } from '../../../../lib/mapping/mapping';
import type { Store } from '../../../../lib/state/port';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';

describe('usage record feed', () => {
  let clock: StillClock;
  let wap: MemoryUsage;
  let store: Store;
  beforeEach(async () => {
    clock = new StillClock();
    wap = new MemoryUsage();
    store = await scratchStore(clock);
  });
  afterEach(cleanScratch);

  const open = (options: Partial<RecordOptions> = {}, more: Partial<RecordFeedSettings> = {}) =>
    new RecordFeed({ store, usage: wap, installation: 'wap', reader: 'billing', clock, options, ...more });
  const read = async (feed: RecordFeed) => {
    const alarms: string[] = [];
    for (;;) {
      const { stopped, alarms: raised, failures } = await feed.poll();
      alarms.push(...raised.map(({ kind }) => kind));
      assert.deepEqual(failures, []);
      if (stopped !== 'pages') return alarms;
    }
  };
  const take = async (feed: RecordFeed): Promise<RecordBatch> => (await feed.next()) ?? assert.fail('nothing is due');
  const idsOf = (batch: RecordBatch | null) => batch?.records.map(record => record.EventId) ?? [];
  const deliver = async (feed: RecordFeed) => {
    const ids: number[] = [];
    for (let batch = await feed.next(); batch; batch = await feed.next()) {
      ids.push(...idsOf(batch));
      await feed.settle(batch.token, { result: 'delivered' });
    }
    return ids;
  };
  const positions = async (feed: RecordFeed) => {
    const [at] = (await feed.status()).feeds;
    return [at?.fetched, at?.delivered];
  };

  describe('reading', () => {
    it('asks for the next page only after the last one is stored', async () => {
      wap.showAll(1, 5);
      await read(open({ pageSize: 2, batchSize: 2, overlap: 0 }));
      assert.deepEqual(wap.calls, [0, 3, 5]);
    });

    it('ends a turn at what was there, while WAP makes records as fast as pages come', async () => {
      const feed = open();
      let id = 0;
      wap.before = () => void wap.show({ EventId: ++id });
      let pages = 1;
      while ((await feed.poll()).stopped === 'pages') pages++;
      assert.ok(pages < 5, `${pages} pages`);
    });

    it('goes on where it was after a restart', async () => {
      wap.showAll(1, 5);
      const feed = open({ pageSize: 2, batchSize: 2, overlap: 0 });
      await feed.poll();
      await read(open({ pageSize: 2, batchSize: 2, overlap: 0 }));
      assert.deepEqual(await deliver(open({ batchSize: 2, overlap: 0 })), [1, 2, 3, 4, 5]);
    });

    it('takes records that come late below its cursor', async () => {
      wap.showAll(1, 3);
      wap.showAll(5, 6);
      const feed = open();
      await read(feed);
      await deliver(feed);
      wap.show({ EventId: 4 });
      await read(feed);
      assert.deepEqual([await deliver(feed), await positions(feed)], [[4], [6, 6]]);
    });

    describe('what WAP shows late', () => {
      /** 4 to 3000 but for 7, all of it delivered. */
      const withGap = async () => {
        wap.showAll(4, 6);
        wap.showAll(8, 3000);
        const feed = open({ keepMs: 0, keepRecords: 0 });
        await read(feed);
        assert.equal((await deliver(feed)).length, 2996);
        wap.showAll(3001, 3010); // the pages below are forgotten meanwhile
        clock.advance(60_000);
        await read(feed);
        await deliver(feed);
        return feed;
      };

      for (const [title, ms] of [
        ['a minute', 60_000],
        ['fourteen minutes', 840_000],
        ['twenty hours', 72_000_000],
      ] as const) {
        it(`is taken far below the cursor, ${title} later and after a restart`, async () => {
          await withGap();
          clock.advance(ms);
          wap.show({ EventId: 7 });
          const feed = open();
          await read(feed);
          assert.deepEqual([await deliver(feed), await positions(feed)], [[7], [3010, 3010]]);
          await read(feed);
          assert.deepEqual(await deliver(feed), []);
        });
      }

      it('is given up after a day, with an alarm that names it', async () => {
        const feed = await withGap();
        clock.advance(86_400_000);
        const { alarms } = await feed.poll();
        assert.deepEqual(
          alarms.map(({ kind, ids }) => [kind, ids]),
          [['missing', [[7, 7]]]],
        );
        assert.match(alarms[0]?.message ?? '', /^1 ids of usage records have not come from WAP within 24 h \(7\)/);
        clock.advance(86_400_000);
        assert.deepEqual((await feed.poll()).alarms, []);
      });

      it('holds up nothing that is new, also when a turn did not ask for all of it', async () => {
        for (let id = 1; id <= 9000; id += 2) wap.show({ EventId: id });
        const feed = open({ pageSize: 500, batchSize: 500 });
        await read(feed);
        clock.advance(60_000);
        await feed.poll(undefined, 'turn');
        wap.show({ EventId: 9001 });
        assert.equal((await feed.poll(undefined, 'turn')).fetched, 1);
      });

      it('costs nothing where no id is missing', async () => {
        wap.showAll(1, 3000);
        const feed = open();
        await read(feed);
        await deliver(feed);
        wap.calls.length = 0;
        clock.advance(60_000);
        await read(feed);
        assert.deepEqual(wap.calls, [2001, 3001]);
      });
    });

    for (const [title, start, ids] of [
      ['an id', { id: 3 }, [3, 4]],
      ['a time', { time: Date.UTC(2026, 0, 1, 2) }, [2, 3, 4]],
      ['now', 'now', []],
    ] as const) {
      it(`begins at ${title}`, async () => {
        for (const id of [1, 2, 3, 4]) wap.show({ EventId: id, EndTime: `2026-01-01T0${id}:00:00` });
        const feed = open({ start });
        await read(feed);
        assert.deepEqual(await deliver(feed), ids);
      });
    }

    it('says what WAP failed with, and reads on the next time', async () => {
      wap.showAll(1, 2);
      wap.before = () => {
        throw new Error('not now');
      };
      const feed = open();
      assert.equal((await feed.poll()).failures.length, 1);
      wap.before = () => undefined;
      await read(feed);
      assert.deepEqual(await deliver(feed), [1, 2]);
    });

    it('stops when too much is not settled, says so when nothing moves, and goes on', async () => {
      wap.showAll(1, 10);
      const feed = open({ pageSize: 2, batchSize: 2, maxStored: 4, maxOpenBatches: 9 });
      await read(feed);
      const alarms = [await feed.poll(), await feed.poll()].flatMap(each => each.alarms.map(({ kind }) => kind));
      assert.deepEqual([await positions(feed), alarms], [[4, -1], ['full']]);
      await deliver(feed);
      assert.equal((await feed.poll()).fetched, 2);
    });

    it('reads on as soon as there is room again after a start with too much stored', async () => {
      wap.showAll(1, 10);
      const options = { pageSize: 2, batchSize: 2, overlap: 0, maxStored: 4, maxOpenBatches: 9 };
      await read(open(options));
      const feed = open(options);
      assert.equal((await feed.poll(undefined, 'turn')).stopped, 'open');
      await deliver(feed);
      assert.equal((await feed.poll(undefined, 'more')).fetched, 2);
    });

    it('names a hole that is wide enough', async () => {
      wap.showAll(1, 2);
      wap.showAll(20, 21);
      assert.deepEqual(await read(open({ holeIds: 10 })), ['hole']);
    });
  });

  describe('the same again', () => {
    it('marks what a provider sends under a new id, and does not send it on', async () => {
      const first = wap.show({ EventId: 1 });
      wap.show({ ...first, EventId: 2 });
      wap.show({ EventId: 3 });
      const feed = open();
      assert.deepEqual(await read(feed), ['duplicate']);
      assert.deepEqual(await deliver(feed), [1, 3]);
      assert.deepEqual([(await feed.status()).duplicates, await positions(feed)], [1, [3, 3]]);
    });

    it('knows such a record also after a restart', async () => {
      const first = wap.show({ EventId: 1 });
      await read(open());
      wap.show({ ...first, EventId: 2 });
      const feed = open();
      assert.deepEqual([await read(feed), await deliver(feed)], [['duplicate'], [1]]);
    });

    it('puts another body under the same id into quarantine, once', async () => {
      wap.show({ EventId: 1 });
      const feed = open();
      await read(feed);
      wap.show({ EventId: 1, Resources: { DatabaseCount: '2' } });
      assert.deepEqual([await read(feed), await read(feed)], [['quarantine'], []]);
      assert.deepEqual(
        (await take(feed)).records.map(({ Resources }) => Resources.DatabaseCount),
        ['1'],
      );
    });
  });

  describe('settling', () => {
    const loaded = async (options: Partial<RecordOptions> = {}) => {
      wap.showAll(1, 4);
      const feed = open({ redeliveryMs: 1000, ...options });
      await read(feed);
      return feed;
    };

    it('settles single records, and delivers up to the lowest open one', async () => {
      const feed = await loaded();
      const { token } = await take(feed);
      const list: EventOutcome[] = [1, 3].map(eventId => ({ eventId, result: 'delivered' }));
      assert.deepEqual(await feed.settle(token, list), { settled: 2, left: 2 });
      assert.deepEqual(await positions(feed), [4, 1]);
    });

    it('settles one record by a token of its own', async () => {
      const feed = await loaded();
      const { token } = await take(feed);
      assert.deepEqual(await feed.settle(singleToken(token, 2), { result: 'delivered' }), { settled: 1, left: 3 });
    });

    it('brings only what is open again, under a new token', async () => {
      const feed = await loaded();
      const { token } = await take(feed);
      await feed.settle(token, [{ eventId: 2, result: 'delivered' }]);
      clock.advance(1000);
      const again = await take(feed);
      assert.deepEqual([idsOf(again), again.attempt], [[1, 3, 4], 2]);
      await assert.rejects(feed.settle(token, { result: 'delivered' }), fails('STATE_DELIVERY', /emitted again/));
    });

    it('changes nothing when an acknowledgement is repeated', async () => {
      const feed = await loaded();
      const { token } = await take(feed);
      await feed.settle(token, { result: 'delivered' });
      assert.deepEqual(await feed.settle(token, { result: 'delivered' }), { settled: 0, left: 0 });
    });

    it('tries single records again after their time, and the others not', async () => {
      const feed = await loaded();
      const { token } = await take(feed);
      await feed.settle(token, [{ eventId: 2, result: 'retry', afterMs: 500 }]);
      await feed.settle(
        token,
        [1, 3, 4].map(eventId => ({ eventId, result: 'delivered' as const })),
      );
      assert.equal(await feed.next(), null);
      clock.advance(500);
      const again = await take(feed);
      assert.deepEqual([idsOf(again), again.attempt], [[2], 2]);
    });

    it('lists dead letters, sends them again, or gives them up', async () => {
      const feed = await loaded();
      await feed.settle((await take(feed)).token, { result: 'dead', reason: 'unknown meter' });
      const dead = await feed.deadLetters();
      assert.deepEqual(dead.map(({ eventId, reason }) => `${eventId} ${reason}`)[0], '1 unknown meter');
      await feed.sendAgain(1);
      await feed.discard(2, 'tested');
      assert.deepEqual(await deliver(feed), [1]);
      assert.equal((await feed.deadLetters()).length, 2);
      await assert.rejects(feed.discard(1, 'again'), fails('STATE_NOT_FOUND', /record 1 is neither/));
    });

    it('holds what has no mapping until it has one, and nothing else', async () => {
      const feed = await loaded({ batchSize: 2 });
      await feed.settle((await take(feed)).token, { result: 'waiting', reason: 'no mapping of s1' });
      assert.deepEqual(await deliver(feed), [3, 4]);
      assert.equal((await feed.status()).unmapped, 2);
      clock.advance(10_000);
      const mapping = new Mapping(store, clock, { installation: 'wap', target: 'billing' });
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId: 's1', billingId: 'b1' }, { by: 'test' }),
      );
      clock.advance(10_000);
      assert.deepEqual(
        [await deliver(feed), await positions(feed)],
        [
          [1, 2],
          [4, 4],
        ],
      );
    });
  });

  it('gives free what waits for a mapping that spells its id in another case', async () => {
    const id = 'AAAAAAAA-0000-0000-0000-00000000BEEF';
    wap.show({ EventId: 1, SubscriptionId: id });
    const feed = open();
    await read(feed);
    await feed.settle((await take(feed)).token, { result: 'waiting', reason: 'no mapping' });
    clock.advance(10_000);
    const mapping = new Mapping(store, clock, { installation: 'wap', target: 'billing' });
    await mapping.store.transaction(tx =>
      mapping.put(tx, { kind: 'subscription', wapId: id.toLowerCase(), billingId: 'b1' }, { by: 'test' }),
    );
    clock.advance(10_000);
    assert.deepEqual(await deliver(feed), [1]);
  });

  it('takes a record that comes again in another case for the same, and for a duplicate under another id', async () => {
    const ids = { SubscriptionId: 'aaaaaaaa-0000-0000-0000-00000000beef', ExternalRecordId: 'x' };
    wap.show({ EventId: 1, ...ids });
    const feed = open();
    await read(feed);
    assert.deepEqual(await deliver(feed), [1]);
    const capitals = { ...ids, SubscriptionId: ids.SubscriptionId.toUpperCase() };
    wap.show({ EventId: 1, ...capitals });
    wap.show({ EventId: 2, ...capitals });
    assert.deepEqual(await read(feed), ['duplicate']);
    assert.deepEqual(await deliver(feed), []);
  });

  it('forgets settled pages, and never one that is open', async () => {
    wap.showAll(1, 40);
    const feed = open({ pageSize: 5, batchSize: 5, overlap: 5, keepRecords: 0, keepMs: 0, maxOpenBatches: 2 });
    await feed.poll();
    const held = await take(feed);
    for (let page = 0; page < 7; page++) {
      await feed.poll();
      await feed.settle((await take(feed)).token, { result: 'delivered' });
    }
    assert.deepEqual(await positions(feed), [40, -1]);
    await feed.settle(held.token, [{ eventId: 3, result: 'dead', reason: 'so it is' }]);
    await feed.settle(
      held.token,
      [1, 2, 4, 5].map(eventId => ({ eventId, result: 'delivered' as const })),
    );
    assert.deepEqual(await positions(feed), [40, 40]);
  });
});
