import assert from 'node:assert/strict';
import type { SendOutcome, UsageItem, UsageSink } from '../../../../lib/billing/usage-port';
import { batchMessage, singleMessages } from '../../../../lib/feeds/records/message';
import { RecordReader } from '../../../../lib/feeds/records/reader';
import { Mapping } from '../../../../lib/mapping/mapping';
import type { Store } from '../../../../lib/state/port';
import type { Quantity } from '../../../../lib/usage/quantity';
import { readQuantities } from '../../../../lib/usage/send/read-quantities';
import { type SendChoices, sendMessage, type UsageMessage } from '../../../../lib/usage/send/send-message';
import { UsageSender } from '../../../../lib/usage/send/sender';
import { SharedSteps } from '../../../../lib/usage/send/shared-steps';
import { Days } from '../../../../lib/usage/totals/days';
import { MemoryUsage } from '../../feeds/memory-usage';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { Counter } from '../totals/totals-world';

/** A billing system in memory that refuses the meter `refused`. */
class MemorySink implements UsageSink {
  limits = { batch: 100, callsPerSecond: null, maxAgeMs: null, dedupeWindowMs: null, maxKeyLength: null };
  readonly ledger = new Map<string, string>();
  async send(items: UsageItem[]): Promise<SendOutcome[]> {
    return items.map(({ key, meter, quantity }) => {
      if (meter === 'refused') return { outcome: 'rejected', reason: 'an unknown meter' };
      this.ledger.set(key, quantity);
      return { outcome: 'delivered' };
    });
  }
}

describe('a message with usage', () => {
  const clock = new StillClock(Date.UTC(2026, 0, 2));
  let store: Store;
  let wap: MemoryUsage;
  let sink: MemorySink;
  let reader: RecordReader;
  beforeEach(async () => {
    [store, wap, sink] = [await scratchStore(clock), new MemoryUsage(), new MemorySink()];
    const settings = { store, usage: wap, installation: 'wap1', reader: 'billing', clock, options: {} };
    reader = new RecordReader(settings, () => undefined);
    const mapping = new Mapping(store, clock, { installation: 'wap1', target: 'billing1' });
    await store.transaction(tx =>
      mapping.put(tx, { kind: 'subscription', wapId: 's1', billingId: 'b1' }, { by: 'a test' }),
    );
  });
  afterEach(cleanScratch);

  const send = (usage: unknown, message: UsageMessage, more: Partial<SendChoices> = {}) => {
    const scope = { installation: 'wap1', target: 'billing1' };
    const days = new Days('UTC');
    return sendMessage(
      usage,
      message,
      { source: 'records', acknowledge: true, copies: 1, ...more },
      {
        ...{ store, clock, scope, sink, days, shared: new SharedSteps(store, clock, scope, days) },
        sender: new UsageSender({ sink, clock, signal: new AbortController().signal, parallel: 2, attempts: 1 }),
      },
    );
  };
  const take = async () => {
    await reader.poll();
    return (await reader.next()) ?? assert.fail('nothing is due');
  };
  /** Records of open batches, and the last that is settled. */
  const state = async () => {
    const { unacknowledged, feeds } = await reader.status();
    return [unacknowledged, feeds[0]?.delivered];
  };

  it('of records is sent by their own metrics, and settles those without any quantity too', async () => {
    wap.show({ EventId: 1, Resources: { cpu: '1.50', disk: '2' } });
    wap.show({ EventId: 2, Resources: { cpu: 'much' } });
    wap.show({ EventId: 3, Resources: {} });
    wap.show({ EventId: 4, Resources: { refused: '7' } });
    const batch = await take();
    const { attempt, sent, rejected, without } = await send(batch.records, batchMessage(batch));
    assert.deepEqual(
      [...sink.ledger].map(([key, quantity]) => [key, quantity]),
      [
        ['wap1/usage/1/cpu', '1.5'],
        ['wap1/usage/1/disk', '2'],
      ],
    );
    assert.deepEqual([attempt, sent.length, without], [1, 3, [2, 3]]);
    assert.deepEqual(
      rejected.map(({ key, recordId, quantity, wapSubscriptionId }) => [key, recordId, quantity, wapSubscriptionId]),
      [
        ['wap1/usage/2/cpu', 2, 'much', 's1'],
        ['wap1/usage/4/refused', 4, '7', 's1'],
      ],
    );
    assert.match(rejected[1]?.reason ?? '', /unknown meter/);
    assert.deepEqual(await state(), [0, 4]);
    assert.deepEqual(await new Counter(store, clock, 'billing1').totals('s1', 'all'), ['cpu 1.5', 'disk 2']);
  });

  it('of one record is settled by itself', async () => {
    wap.showAll(1, 2);
    const [first, second] = singleMessages(await take());
    assert.ok(first && second);
    assert.deepEqual(second.parts, { id: second.delivery.token.split('/')[0], type: 'array', index: 1, count: 2 });
    assert.deepEqual([second.delivery.firstId, second.delivery.lastId, second.delivery.count], [2, 2, 1]);
    await send(second.payload, second);
    assert.deepEqual(await state(), [2, -1]);
    await send(first.payload, first);
    assert.deepEqual(await state(), [0, 2]);
  });

  it('is not settled where others do that', async () => {
    wap.showAll(1, 2);
    const batch = await take();
    await send(batch.records, batchMessage(batch), { acknowledge: false });
    assert.deepEqual([sink.ledger.size, await state()], [2, [2, -1]]);
  });

  it('with quantities of a function settles its whole delivery', async () => {
    wap.showAll(1, 3);
    const batch = await take();
    const { token: _token, ...quantity } = aQuantity(1);
    await send([quantity], batchMessage(batch), { source: 'quantities' });
    assert.deepEqual([[...sink.ledger.keys()], await state()], [['wap1/usage/1/cpu'], [0, 3]]);
  });

  it('that is a share of a split settles the records whose quantities it has', async () => {
    wap.showAll(1, 2);
    const batch = await take();
    const parts = { id: 'of a split', type: 'array', index: 0, count: 2, len: 1 };
    await send([aQuantity(1)], { ...batchMessage(batch), parts }, { source: 'quantities' });
    assert.deepEqual(await state(), [2, 1]);
  });

  for (const [usage, source, message] of [
    ['many', 'records', /^records\[0\]: expected a usage record with its EventId/],
    [[{ EventId: '1' }], 'records', /^records\[0\]: /],
    ['many', 'quantities', /^quantities: expected a list of quantities/],
  ] as const)
    it(`is refused with ${JSON.stringify(usage)} as ${source}`, async () => {
      await assert.rejects(send(usage, {}, { source }), fails('INPUT_INVALID', message));
    });
});

const aQuantity = (recordId: number, more: object = {}): Quantity => ({
  ...{ recordId, key: `wap1/usage/${recordId}/cpu`, wapSubscriptionId: 's1', meter: 'cpu', unit: null },
  ...{ quantity: '1', startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T01:00:00Z', adjustment: false },
  properties: {},
  ...more,
});

describe('quantities in a message', () => {
  it('are read as they are, one or many', () => {
    const one = aQuantity(1, { unit: 'GB', adjustment: true, properties: { a: 'b' }, token: 't', recordQuantities: 2 });
    assert.deepEqual(readQuantities(one), [one]);
    assert.deepEqual(readQuantities([one, aQuantity(2)]), [one, aQuantity(2)]);
    assert.deepEqual(readQuantities([]), []);
  });

  it('need not have what a flow cannot know', () => {
    const { recordId: _id, unit: _unit, adjustment: _adjustment, properties: _properties, ...rest } = aQuantity(1);
    assert.deepEqual(readQuantities({ ...rest, token: '', recordQuantities: 0 }), [
      { ...rest, recordId: -1, unit: null, adjustment: false, properties: {} },
    ]);
  });

  for (const [given, quantity] of [
    ['1.50', '1.5'],
    ['007', '7'],
    [2, '2'],
    ['-3', '-3'],
  ] as const)
    it(`hold ${quantity} for ${JSON.stringify(given)}`, () =>
      assert.equal(readQuantities(aQuantity(1, { quantity: given }))[0]?.quantity, quantity));

  for (const [given, message] of [
    [[5], /^quantities\[0\]: expected an object/],
    [aQuantity(1, { key: '' }), /^quantities\.key: expected a text/],
    [[aQuantity(1), aQuantity(2, { meter: 7 })], /^quantities\[1\]\.meter: expected a text/],
    [aQuantity(1, { endTime: 'soon' }), /^quantities\.endTime: expected a time/],
    [aQuantity(1, { quantity: 'much' }), /^quantities\.quantity: expected a decimal as a text/],
  ] as const)
    it(`are refused: ${message.source}`, () =>
      assert.throws(() => readQuantities(given), fails('INPUT_INVALID', message)));
});
