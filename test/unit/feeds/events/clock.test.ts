import assert from 'node:assert/strict';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { MemoryWap } from '../memory-wap';

const day = 86_400_000;

describe('events, when the clock is set back', () => {
  afterEach(cleanScratch);

  it('come at once that were to come or to come again later, and those that are out after the usual wait', async () => {
    const clock = new StillClock(100 * day);
    const wap = new MemoryWap();
    for (const plan of ['a', 'b', 'c']) wap.plan(plan);
    const feed = new EventFeed({
      ...{ store: await scratchStore(clock), usage: wap, installation: 'wap', reader: 'billing', clock },
      ...{ feeds: ['plans'], fetchParent: async () => true, options: { batchSize: 1, maxOpenBatches: 2 } },
    });
    const next = async () => {
      const batch = await feed.next();
      return { token: batch?.token ?? '', id: batch?.firstId ?? null };
    };
    await feed.poll();
    const [again, out] = [await next(), await next()];
    await feed.settle(again.token, { result: 'retry', afterMs: 5000 });
    clock.time -= 2 * day;
    const first = await next();
    await feed.settle(first.token, { result: 'delivered' });
    const second = await next();
    await feed.settle(second.token, { result: 'delivered' });
    assert.deepEqual([first.id, second.id, (await next()).id], [again.id, 3, null]);
    clock.time += 600_000;
    assert.equal((await next()).id, out.id);
  });

  it('come at once also when the store fails at that moment', async () => {
    const clock = new StillClock(100 * day);
    const wap = new MemoryWap();
    wap.plan('a');
    const store = await scratchStore(clock);
    let broken = false;
    const feed = new EventFeed({
      store: {
        ...{ name: store.name, close: () => store.close() },
        transaction: (work, options) =>
          store.transaction(async tx => {
            const result = await work(tx);
            if (broken) throw new Error('full');
            return result;
          }, options),
      },
      ...{
        usage: wap,
        installation: 'wap',
        reader: 'billing',
        clock,
        feeds: ['plans'],
        fetchParent: async () => true,
      },
    });
    await feed.poll();
    await feed.settle((await feed.next())?.token ?? '', { result: 'retry', afterMs: 5000 });
    clock.time -= 2 * day;
    broken = true;
    await assert.rejects(feed.next(), /full/);
    broken = false;
    assert.equal((await feed.next())?.firstId, 1);
  });
});
