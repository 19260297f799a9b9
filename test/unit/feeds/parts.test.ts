import assert from 'node:assert/strict';
import type { SendOutcome, UsageItem, UsageSink } from '../../../lib/billing/usage-port';
import { AdapterError } from '../../../lib/errors';
import { gatherParts, isComplete } from '../../../lib/feeds/parts';
import type { RecordBatch } from '../../../lib/feeds/records/batch';
import { RecordFeed } from '../../../lib/feeds/records/feed';
import type { RecordOptions } from '../../../lib/feeds/records/options';
import { carriedBy } from '../../../lib/feeds/settle/carried';
import { settle } from '../../../lib/feeds/settle/settle';
import { Mapping } from '../../../lib/mapping/mapping';
import type { Store } from '../../../lib/state/port';
import { statement } from '../../../lib/state/port';
import type { Quantity } from '../../../lib/usage/quantity';
import { deliver } from '../../../lib/usage/send/deliver';
import { UsageSender } from '../../../lib/usage/send/sender';
import { SharedSteps } from '../../../lib/usage/send/shared-steps';
import { Days } from '../../../lib/usage/totals/days';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { MemoryUsage } from './memory-usage';

class Ledger implements UsageSink {
  limits = { batch: 100, callsPerSecond: null, maxAgeMs: null, dedupeWindowMs: null, maxKeyLength: null };
  readonly has = new Set<string>();
  isAway = false;
  /** Answers when this resolves. */
  answers: Promise<void> = Promise.resolve();
  async send(items: UsageItem[]): Promise<SendOutcome[]> {
    await this.answers;
    if (this.isAway) throw new AdapterError('BILLING_SERVER', 'billing is away', { retryable: true });
    for (const { key } of items) this.has.add(key);
    return items.map(() => ({ outcome: 'delivered' }));
  }
}

const days = new Days('UTC');

describe('parts of a delivery', () => {
  let clock: StillClock;
  let store: Store;
  let wap: MemoryUsage;
  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    wap = new MemoryUsage();
    for (const target of ['a', 'b']) {
      const mapping = new Mapping(store, clock, { installation: 'wap', target });
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId: 's1', billingId: 'b1' }, { by: 'a test' }),
      );
    }
  });
  afterEach(cleanScratch);

  const open = (options: Partial<RecordOptions> = {}, reader = 'billing') =>
    new RecordFeed({
      ...{ store, usage: wap, installation: 'wap', reader, clock },
      options: { redeliveryMs: 600_000, ...options },
    });
  const take = async (feed: RecordFeed): Promise<RecordBatch> => {
    await feed.poll();
    return (await feed.next()) ?? assert.fail('nothing is due');
  };
  const state = async (feed: RecordFeed) => {
    const { waiting, unacknowledged, feeds } = await feed.status();
    return [waiting, unacknowledged, feeds[0]?.delivered];
  };
  const delivered = (...ids: number[]) => ids.map(eventId => ({ result: 'delivered' as const, eventId }));
  const quantitiesOf = ({ records, token }: RecordBatch): Quantity[] =>
    records.map(({ EventId }) => ({
      ...{ recordId: EventId, key: `wap/usage/${EventId}/cpu`, wapSubscriptionId: 's1', meter: 'cpu', unit: null },
      ...{ quantity: '1', startTime: '2026-01-01T00:00:00Z', endTime: '2026-01-01T01:00:00Z', adjustment: false },
      ...{ properties: {}, token, recordQuantities: 1 },
    }));
  const send = (sink: Ledger, target: string, { token }: RecordBatch, quantities: Quantity[], copies = 1) => {
    const scope = { installation: 'wap', target };
    return deliver(quantities, {
      ...{ store, clock, sink, scope, shared: new SharedSteps(store, clock, scope, days), token, attempt: 1, copies },
      sender: new UsageSender({ sink, clock, signal: new AbortController().signal, parallel: 2, attempts: 1 }),
      ...{ carries: 'own', without: [], days, rebuild: null },
    });
  };

  it('that nobody acknowledges come again, with an alarm that names them', async () => {
    wap.showAll(1, 4);
    const feed = open();
    const batch = await take(feed);
    await feed.settle(batch.token, delivered(1, 3));
    assert.deepEqual(feed.alarms(), []);
    const again: number[][] = [];
    const alarms: string[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      clock.advance(600_000);
      again.push((await take(feed)).records.map(({ EventId }) => EventId));
      alarms.push(...feed.alarms().map(({ kind, eventId, message }) => `${kind} ${eventId} ${message.slice(0, 6)}`));
    }
    assert.deepEqual(again, [
      [2, 4],
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
    assert.deepEqual(alarms, Array(3).fill('unacknowledged 2 2 of 4'));
  });

  it('have their whole time again whenever one of them is settled', async () => {
    wap.showAll(1, 3);
    const feed = open();
    const batch = await take(feed);
    for (const id of [1, 2]) {
      clock.advance(599_000);
      await feed.settle(batch.token, delivered(id));
      assert.equal(await feed.next(), null);
    }
    clock.advance(600_000);
    assert.deepEqual(
      (await feed.next())?.records.map(({ EventId }) => EventId),
      [3],
    );
  });

  it('can be told to be done after they were emitted again, and not to be tried again', async () => {
    wap.showAll(1, 2);
    const feed = open();
    const early = await take(feed);
    clock.advance(600_000);
    const late = await take(feed);
    assert.notEqual(early.token, late.token);
    await feed.settle(early.token, delivered(1));
    await assert.rejects(
      feed.settle(early.token, [{ result: 'dead', reason: 'no', eventId: 2 }]),
      fails('STATE_DELIVERY', /token/),
    );
    await assert.rejects(feed.settle(early.token, { result: 'delivered' }), fails('STATE_DELIVERY', /token/));
    assert.deepEqual(await state(feed), [0, 2, 1]);
    await feed.settle(late.token, delivered(1, 2));
    assert.deepEqual(await state(feed), [0, 0, 2]);
  });

  it('of several batches are settled with one token, each in its own', async () => {
    wap.showAll(1, 4);
    const feed = open({ batchSize: 2, pageSize: 4 });
    const first = await take(feed);
    const second = await take(feed);
    await feed.settle(second.token, [...delivered(1, 3, 4), { result: 'dead', reason: 'no', eventId: 2 }]);
    assert.deepEqual(await state(feed), [0, 0, 4]);
    assert.deepEqual(
      (await feed.deadLetters()).map(({ eventId }) => eventId),
      [2],
    );
    await feed.settle(first.token, { result: 'delivered' });
    await assert.rejects(feed.settle(first.token, delivered(9)), fails('STATE_DELIVERY', /does not hold the record 9/));
  });

  it('of a store of an earlier version are settled as they were, by part and whole', async () => {
    wap.showAll(1, 3);
    const feed = open({ batchSize: 3, pageSize: 3 });
    const batch = await take(feed);
    const rename = statement('UPDATE usage_slice SET token = :old WHERE token = :token');
    await store.transaction(tx => tx.change(rename, { old: 'usage-0b7c', token: batch.token }));
    await feed.settle('usage-0b7c', delivered(2));
    assert.deepEqual(await state(feed), [0, 3, -1]);
    await feed.settle('usage-0b7c', { result: 'delivered' });
    assert.deepEqual(await state(feed), [0, 0, 3]);
  });

  it('that two systems get at the same time wait for both, without being told of copies', async () => {
    wap.showAll(1, 3);
    const feed = open();
    const batch = await take(feed);
    const [a, b] = [new Ledger(), new Ledger()];
    b.isAway = true;
    let answer = () => {};
    b.answers = new Promise(resolve => {
      answer = resolve;
    });
    const slow = send(b, 'b', batch, quantitiesOf(batch));
    await send(a, 'a', batch, quantitiesOf(batch));
    assert.deepEqual([a.has.size, ...(await state(feed))], [3, 0, 3, -1]);
    answer();
    await slow;
    assert.deepEqual(await state(feed), [3, 0, -1]);
  });

  it('that two readers have are settled for each by itself, though both are sent at the same time', async () => {
    wap.showAll(1, 3);
    const [one, two] = [open(), open({}, 'another')];
    const [mine, theirs] = [await take(one), await take(two)];
    const [a, b] = [new Ledger(), new Ledger()];
    b.isAway = true;
    let answer = () => {};
    b.answers = new Promise(resolve => {
      answer = resolve;
    });
    const slow = send(b, 'b', theirs, quantitiesOf(theirs));
    await send(a, 'a', mine, quantitiesOf(mine));
    assert.deepEqual(await state(one), [0, 0, 3]);
    answer();
    await slow;
    assert.deepEqual(
      [await state(one), await state(two)],
      [
        [0, 0, 3],
        [3, 0, -1],
      ],
    );
  });

  it('that a second system lacks come again, though the first settled them before', async () => {
    wap.showAll(1, 3);
    const feed = open();
    const batch = await take(feed);
    const [a, b] = [new Ledger(), new Ledger()];
    await send(a, 'a', batch, quantitiesOf(batch));
    assert.deepEqual(await state(feed), [0, 0, 3]);
    b.isAway = true;
    await send(b, 'b', batch, quantitiesOf(batch).slice(1));
    assert.deepEqual(await state(feed), [2, 0, 1]);
    clock.advance(900_000);
    assert.deepEqual(
      (await take(feed)).records.map(({ EventId }) => EventId),
      [2, 3],
    );
  });

  it('of a record are worth what the record has of them, times its copies', () => {
    const part = (key: string, parts: number, copies = 1) => ({ part: key, parts, copies });
    assert.equal(isComplete([part('a', 2)]), false);
    assert.equal(isComplete([part('a', 2), part('b', 2)]), true);
    assert.equal(isComplete([part('a', 1, 2)]), false);
    assert.equal(isComplete([part('a', 1, 2), part('a', 1, 2)]), true);
    assert.equal(isComplete([part('', 1, 2), part('a', 3, 2), part('b', 3, 2)]), false);
    assert.equal(isComplete([part('', 1, 2), part('a', 3, 2), part('b', 3, 2), part('c', 3, 2)]), true);
    assert.equal(isComplete([part('a', 2), part('b', 2, 2), part('b', 2, 2)]), true);
  });

  it('give their record the worst of their outcomes, when the last has come', async () => {
    const part = (key: string) => ({ key, of: 3, by: 'x', copies: 1 });
    const gather = (outcomes: Parameters<typeof gatherParts>[2]) =>
      store.transaction(tx => gatherParts(tx, 'a batch', outcomes, clock.now()));
    assert.deepEqual(await gather([{ result: 'dead', reason: 'no', eventId: 1, part: part('a') }]), []);
    assert.deepEqual(await gather([{ result: 'delivered', eventId: 1, part: part('b') }]), []);
    assert.deepEqual(await gather([{ result: 'retry', afterMs: 5, eventId: 1, part: part('c') }]), [
      { result: 'retry', afterMs: 5, eventId: 1 },
    ]);
  });

  it('leave a batch that is settled as a whole nothing to do', async () => {
    wap.showAll(1, 2);
    const feed = open();
    const batch = await take(feed);
    const part = { key: 'a', of: 2, by: 'x', copies: 1 };
    await feed.settle(batch.token, [{ result: 'delivered', eventId: 1, part }]);
    assert.deepEqual(await state(feed), [0, 2, -1]);
    await settle(store, clock, batch.token, { result: 'delivered' });
    assert.deepEqual(await state(feed), [0, 0, 2]);
  });

  describe('in a message', () => {
    const delivery = { token: 'usage-1.x', count: 10 };
    const parts = (count: number, index = 0, len = 1, outer?: object) => ({
      ...{ id: `of ${count}`, type: 'array', count, index, len },
      ...(outer ? { parts: outer } : {}),
    });
    const what = (content: unknown, message: object) =>
      carriedBy(content, { delivery, ...message }, delivery.token).what;

    for (const [title, content, message, wanted] of [
      ['records', [{ EventId: 1 }, { EventId: 2 }], {}, 'items'],
      ['one record of a split', { EventId: 1 }, { parts: parts(10) }, 'items'],
      ['one quantity', { recordId: 1, key: 'k', recordQuantities: 2 }, {}, 'items'],
      ['an empty list', [], {}, 'items'],
      ['an answer', { status: 'ok' }, {}, 'all'],
      ['nothing', undefined, {}, 'all'],
      ['quantities of a function', [{ recordId: 1, key: 'k' }], {}, 'all'],
      ['an answer to a share of a split', 'ok', { parts: parts(10, 3) }, 'share'],
      ['an answer to a share of three', 'ok', { parts: parts(4, 3, 3) }, 'share'],
      ['an answer to a share of a share', 'ok', { parts: parts(5, 1, 1, parts(2, 0, 5)) }, 'share'],
      [
        'an answer to a message of a row that a batch node numbered',
        'ok',
        { parts: { id: 'x', count: 2, index: 0 } },
        'all',
      ],
      [
        'an answer to a record that the poll node sent by itself',
        'ok',
        { parts: { ...parts(10), id: delivery.token } },
        'all',
      ],
    ] as const)
      it(`are seen: ${title}`, () => assert.equal(what(content, message), wanted));

    it('cannot be told of an answer to a share, when something was left out before', () => {
      assert.throws(() => what('ok', { parts: parts(6) }), fails('INPUT_INVALID', /Events or records/));
      assert.throws(
        () => what('ok', { parts: parts(3, 0, 1, parts(2, 0, 5)) }),
        fails('INPUT_INVALID', /Events or records/),
      );
    });
  });
});
