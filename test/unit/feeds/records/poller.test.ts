import assert from 'node:assert/strict';
import type { Command } from '../../../../lib/feeds/loop/commands';
import type { LoopState, RunSummary } from '../../../../lib/feeds/loop/contract';
import type { RecordMessage } from '../../../../lib/feeds/records/message';
import { openRecordPoller, type RecordPollerSettings } from '../../../../lib/feeds/records/poller';
import type { ReaderStatus, ReplayStatus } from '../../../../lib/feeds/records/reader';
import { settle } from '../../../../lib/feeds/settle/settle';
import { settledOf, tellSettled } from '../../../../lib/feeds/settled';
import type { Store } from '../../../../lib/state/port';
import { ManualClock } from '../../billing/manual-clock';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';

const day = 86_400_000;

describe('usage poller', () => {
  let clock: ManualClock;
  let store: Store;
  let usage: MemoryUsage;
  let closing: AbortController;
  let running: Array<Promise<void>>;
  let messages: RecordMessage[];
  let summaries: Array<RunSummary<ReaderStatus>>;
  let replayed: ReplayStatus[];
  let failures: unknown[];
  let state: LoopState | undefined;
  beforeEach(async () => {
    [clock, usage, closing, running] = [new ManualClock(), new MemoryUsage(), new AbortController(), []];
    [messages, summaries, replayed, failures, state] = [[], [], [], [], undefined];
    store = await scratchStore(new StillClock());
  });
  afterEach(async () => {
    closing.abort(new Error('closed'));
    await Promise.all(running);
    await cleanScratch();
  });

  const open = (more: Partial<RecordPollerSettings> = {}) => {
    const wap = {
      installation: 'wap',
      usage: { ...usageOf(), events: async () => assert.fail('no events are asked for') },
    };
    return openRecordPoller({
      ...{
        wap,
        store,
        clock,
        signal: closing.signal,
        settled: settledOf(store),
        reader: 'billing',
        owner: 'the first',
      },
      ...{ start: 'beginning', everyMs: 60_000, pageSize: 1000, batchSize: 100, isSingle: false, maxOpenBatches: 1 },
      ...{ redeliveryMs: 600_000, overlapMs: 900_000, missingMs: day, retentionMs: 40 * day, holeIds: 0 },
      send: message => void messages.push(message),
      caughtUp: summary => void summaries.push(summary),
      replayed: replay => void replayed.push(replay),
      alarm: () => undefined,
      failed: error => void failures.push(error),
      show: shown => {
        state = shown;
      },
      ...more,
    });
  };
  const usageOf = () => ({ records: (startId: number, size: number) => usage.records(startId, size) });
  /** Waits until it has reached what is asked of it. */
  const reached = async (what: () => boolean) => {
    while (!what()) await new Promise(resolve => setImmediate(resolve));
  };
  const start = (more: Partial<RecordPollerSettings> = {}) => {
    const poller = open(more);
    running.push(poller.run());
    return poller;
  };
  const acknowledge = async (...tokens: string[]) => {
    for (const token of tokens) await settle(store, clock, token, { result: 'delivered' });
    tellSettled(settledOf(store));
  };

  it('sends a batch as one message, and says when all is settled', async () => {
    usage.showAll(1, 3);
    const poller = start();
    await reached(() => messages.length === 1);
    const [message] = messages;
    assert.ok(message);
    const { token, ...delivery } = message.delivery;
    assert.deepEqual(delivery, {
      ...{ feed: 'usage', firstId: 1, lastId: 3, count: 3, attempt: 1, keyPrefix: 'wap/usage/' },
    });
    assert.deepEqual([message.payload, message.parts], [[...usage.shown.values()], undefined]);
    await acknowledge(token);
    await reached(() => summaries.length > 0);
    const { fetched, sent, feeds } = summaries[0] ?? assert.fail();
    assert.deepEqual([fetched, sent, feeds[0]], [3, 1, { feed: 'usage', fetched: 3, delivered: 3 }]);
    const { polledAt, isPaused, failure, perMinute, nextPollAt } = poller.health();
    assert.deepEqual([polledAt, isPaused, failure, nextPollAt], [clock.now(), false, null, clock.now() + 60_000]);
    assert.equal(perMinute.at(-1), 3);
    assert.equal((await poller.status()).unacknowledged, 0);
  });

  it('sends each record in a message of its own, which is acknowledged by itself', async () => {
    usage.showAll(1, 3);
    const poller = start({ isSingle: true });
    await reached(() => messages.length === 3);
    assert.deepEqual(
      messages.map(({ payload, parts, delivery }) => [payload, parts?.index, parts?.count, delivery.firstId]),
      [...usage.shown.values()].map((record, index) => [record, index, 3, index + 1]),
    );
    await acknowledge(...messages.slice(1).map(({ delivery }) => delivery.token));
    assert.deepEqual((await poller.status()).feeds[0]?.delivered, -1);
    await acknowledge(messages[0]?.delivery.token ?? '');
    assert.deepEqual((await poller.status()).feeds[0]?.delivered, 3);
  });

  it('sends no more of a batch once it is closed', async () => {
    usage.showAll(1, 3);
    start({
      isSingle: true,
      send: message => {
        messages.push(message);
        closing.abort(new Error('closed'));
      },
    });
    await Promise.all(running);
    assert.equal(messages.length, 1);
  });

  it('is the only one of its name, until it is closed', async () => {
    open();
    assert.throws(() => open({ owner: 'the second' }), fails('INPUT_CONFIG', /"the first" already reads the usage/));
    open({ owner: 'the second', reader: 'other' });
    closing.abort();
    closing = new AbortController();
    open({ owner: 'the second' });
  });

  it('says what is wrong with its settings', () => {
    assert.throws(
      () => open({ pageSize: 0 }),
      fails('INPUT_INVALID', /pageSize must be a whole number from 1 to 10000/),
    );
    assert.throws(() => open({ start: { id: -1 } }), fails('INPUT_INVALID', /start must be/));
    assert.throws(() => open({ reader: '' }), fails('INPUT_MISSING', /reader is empty/));
  });

  it('knows how much a replay would ask for, and marks what it brings', async () => {
    for (let id = 1; id <= 5; id += 1)
      usage.show({ EventId: id, StartTime: `2026-01-0${id}T00:00:00`, EndTime: `2026-01-0${id}T01:00:00` });
    const poller = start();
    await reached(() => messages.length === 1);
    await acknowledge(messages[0]?.delivery.token ?? '');
    await reached(() => summaries.length === 1);
    const [from, to] = [{ time: Date.UTC(2026, 0, 2) }, { time: Date.UTC(2026, 0, 4) }];
    assert.equal(await poller.sizeOf({ from, to }), 2);
    assert.equal(await poller.sizeOf({ from: { id: 2 }, to: { id: 2 } }), 1);
    assert.equal(await poller.sizeOf({ from: { id: 2 }, to: null }), 4);
    assert.equal(await poller.sizeOf({ from: { id: 9 }, to: null }), 0);
    const answer = await poller.obey({ command: 'replay', from, to, rebuilds: true });
    const { replay, ...range } = Object(answer?.payload);
    assert.deepEqual([answer?.topic, range], ['replay', { fromId: 2, toId: 3 }]);
    await reached(() => messages.length === 2);
    const { delivery } = messages[1] ?? assert.fail();
    assert.deepEqual([delivery.firstId, delivery.lastId, delivery.replay], [2, 3, replay]);
    assert.deepEqual(delivery.rebuild, { fromId: 2, toId: 3, startedAt: clock.now() });
    await acknowledge(delivery.token);
    await reached(() => replayed.length === 1);
    assert.deepEqual(failures, []);
    assert.notEqual(state, undefined);
  });

  it('gives up dead letters, or sends them again', async () => {
    usage.showAll(1, 3);
    const poller = start();
    await reached(() => messages.length === 1);
    await settle(store, clock, messages[0]?.delivery.token ?? '', { result: 'dead', reason: 'no price' });
    const ids = async () => {
      const payload = (await poller.obey({ command: 'deadLetters' }))?.payload as Array<{ eventId: number }>;
      return payload.map(({ eventId }) => eventId);
    };
    assert.deepEqual(await ids(), [1, 2, 3]);
    const discard: Command = { command: 'discard', ids: [2], feed: undefined, reason: 'paid by hand' };
    assert.deepEqual(await poller.obey(discard), { topic: 'discard', payload: { done: [2] } });
    assert.deepEqual(await ids(), [1, 3]);
    await assert.rejects(poller.obey(discard), fails('STATE_NOT_FOUND', /./));
    const again = await poller.obey({ command: 'sendAgain', ids: 'all', feed: undefined });
    assert.deepEqual(again, { topic: 'sendAgain', payload: { done: [1, 3] } });
    await reached(() => messages.length === 2);
    const records = messages[1]?.payload;
    assert.deepEqual(Array.isArray(records) && records.map(({ EventId }) => EventId), [1, 3]);
  });
});
