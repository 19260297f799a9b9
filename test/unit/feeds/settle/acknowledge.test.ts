import assert from 'node:assert/strict';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import { acknowledge, readAcknowledgement } from '../../../../lib/feeds/settle/acknowledge';
import type { CarrierMessage } from '../../../../lib/feeds/settle/carried';
import type { Store } from '../../../../lib/state/port';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';

const parts = (index: number, count: number) => ({ id: 'a split', type: 'array', index, count, len: 1 });

describe('an acknowledgement', () => {
  let clock: StillClock;
  let store: Store;
  let feed: RecordFeed;
  let token: string;
  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    const wap = new MemoryUsage();
    wap.showAll(1, 3);
    feed = new RecordFeed({
      ...{ store, usage: wap, installation: 'wap', reader: 'billing', clock },
      options: { redeliveryMs: 600_000 },
    });
    await feed.poll();
    token = (await feed.next())?.token ?? assert.fail('nothing is due');
  });
  afterEach(cleanScratch);

  const say = (
    outcome: unknown,
    {
      items,
      message = {},
      by = 'ack',
      copies = 1,
    }: { items?: unknown; message?: CarrierMessage; by?: string; copies?: number } = {},
  ) => {
    const carrier = { delivery: { token, count: 3 }, ...message };
    const read = readAcknowledgement({ outcome, items, token, retrySeconds: 30, reason: undefined }, carrier, {
      ...{ by, copies },
    });
    return store.transaction(tx => acknowledge(tx, { store, clock }, read));
  };
  /** Records of open batches, the last that is settled, and those that are dead letters. */
  const state = async () => {
    const { unacknowledged, feeds, dead } = await feed.status();
    return [unacknowledged, feeds[0]?.delivered, dead];
  };
  const due = async () => (await feed.next())?.records.map(({ EventId }) => EventId) ?? [];

  it('is of all that was delivered, where the message does not say of what', async () => {
    await say('delivered', { items: { status: 'ok' } });
    assert.deepEqual(await state(), [0, 3, 0]);
    await say('delivered', { items: { status: 'ok' } });
  });

  it('is of the records that the message has', async () => {
    await say('delivered', { items: [{ EventId: 1 }, { EventId: 3 }] });
    assert.deepEqual(await state(), [3, 1, 0]);
  });

  it('names each record by a list, whatever the message has', async () => {
    const outcome = [
      { EventId: 1, outcome: 'delivered' },
      { EventId: 2, outcome: 'deadLetter', reason: 'no price' },
      { EventId: 3, outcome: 'retry' },
    ];
    await say(outcome, { items: [{ EventId: 3 }] });
    assert.deepEqual(await state(), [0, 2, 1]);
    clock.advance(29_999);
    assert.deepEqual(await due(), []);
    clock.advance(1);
    assert.deepEqual(await due(), [3]);
  });

  it('of quantities settles their record when all have come', async () => {
    const quantity = (key: string) => ({ recordId: 1, key, recordQuantities: 2, token });
    await say('delivered', { items: [quantity('a')] });
    assert.deepEqual(await state(), [3, -1, 0]);
    await say('delivered', { items: [quantity('b')] });
    assert.deepEqual(await state(), [3, 1, 0]);
    const other = { ...quantity('a'), recordId: 2 };
    await say('delivered', { items: [other, { ...other, key: 'b' }] });
    assert.deepEqual(await state(), [3, 2, 0]);
  });

  for (const [what, outcome, items] of [
    ['all', 'delivered', { status: 'ok' }],
    ['records', 'delivered', [{ EventId: 1 }, { EventId: 2 }, { EventId: 3 }]],
    ['a list', [1, 2, 3].map(EventId => ({ EventId, outcome: 'delivered' })), undefined],
  ] as const)
    it(`by one of two who have copies waits for the other (${what})`, async () => {
      for (const settled of [-1, -1, 3]) {
        assert.deepEqual((await state())[1], -1);
        await say(outcome, { items, copies: 2, by: settled === 3 ? 'other' : 'ack' });
        assert.deepEqual((await state())[1], settled);
      }
    });

  describe('of shares of a split whose records are gone', () => {
    const share = (outcome: string, index: number) =>
      say(outcome, { items: 'an answer', message: { parts: parts(index, 3) } });

    it('settles the delivery with the last of them', async () => {
      for (const index of [0, 2, 2]) await share('delivered', index);
      assert.deepEqual(await state(), [3, -1, 0]);
      await share('delivered', 1);
      assert.deepEqual(await state(), [0, 3, 0]);
    });

    for (const [word, seconds] of [
      ['retry', 30],
      ['waiting', 60],
    ] as const)
      it(`brings all again when one says ${word}`, async () => {
        await share(word, 0);
        await share('delivered', 1);
        await share('delivered', 2);
        clock.advance(seconds * 1000 - 1);
        assert.deepEqual(await due(), []);
        clock.advance(1);
        assert.deepEqual(await due(), [1, 2, 3]);
      });

    it('gives up none, for nobody knows which', async () => {
      const dead = readAcknowledgement(
        { outcome: 'deadLetter', items: 'x', token, retrySeconds: 30, reason: 'no price' },
        { delivery: { token, count: 3 }, parts: parts(0, 3) },
        { by: 'ack', copies: 1 },
      );
      await assert.rejects(
        store.transaction(tx => acknowledge(tx, { store, clock }, dead)),
        fails('INPUT_INVALID', /does not say which record is given up/),
      );
      assert.deepEqual(await state(), [3, -1, 0]);
    });
  });
});
