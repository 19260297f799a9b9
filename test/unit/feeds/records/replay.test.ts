import assert from 'node:assert/strict';
import { RecordReader } from '../../../../lib/feeds/records/reader';
import type { Store } from '../../../../lib/state/port';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';
import { replayWithDeadLetter } from '../replay-with-dead-letter';

describe('dead letters of a replay of usage records', () => {
  let clock: StillClock;
  let store: Store;
  let wap: MemoryUsage;
  let reader: RecordReader;
  let ended: string[];
  let replay: string;

  const open = () =>
    new RecordReader(
      { store, usage: wap, installation: 'wap', reader: 'billing', clock, options: { start: 'now' } },
      ({ replay: name }) => ended.push(name),
    );
  const deliver = async (): Promise<number[]> => {
    const batch = await reader.next();
    if (!batch) return [];
    await reader.settle(batch.token, { result: 'delivered' });
    await reader.status();
    return batch.records.map(({ EventId: id }) => id);
  };

  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    wap = new MemoryUsage();
    wap.showAll(1, 5);
    ended = [];
    reader = open();
    await reader.poll();
    ({ replay } = await reader.replay({ from: { id: 1 }, to: null }));
    await replayWithDeadLetter(reader);
    assert.deepEqual(ended, [replay]);
  });
  afterEach(cleanScratch);

  const listed = async () =>
    (await reader.deadLetters(100)).map(({ eventId, reason, replay: of }) => [eventId, reason, of]);

  it('are listed with its name when it is over, also after a restart', async () => {
    assert.deepEqual(await listed(), [[2, 'no such meter', replay]]);
    reader = open();
    assert.deepEqual(await listed(), [[2, 'no such meter', replay]]);
  });

  for (const when of ['at once', 'after a restart'] as const) {
    it(`are sent again, and nothing else is, ${when}`, async () => {
      await reader.sendAgain(2);
      wap.showAll(6, 8); // came later than its end
      if (when === 'after a restart') reader = open();
      while ((await reader.poll()).stopped === 'pages');
      await reader.status();
      const given = [await deliver(), await deliver(), await deliver()];
      assert.deepEqual(
        given.flat().sort((one, other) => one - other),
        [2, 6, 7, 8],
      );
      assert.deepEqual([await listed(), ended], [[], [replay, replay]]);
      await assert.rejects(reader.sendAgain(2), fails('STATE_NOT_FOUND', /neither a dead letter nor waiting/));
    });
  }

  it('are given up with a reason', async () => {
    await reader.discard(2, 'a test');
    assert.deepEqual(await listed(), []);
    await assert.rejects(reader.discard(2, 'again'), fails('STATE_NOT_FOUND', /./));
  });
});
