import assert from 'node:assert/strict';
import { AdapterError } from '../../../../lib/errors';
import type { OutboxBatch } from '../../../../lib/usage/meter/outbox';
import { WindowLoop, type WindowLoopSettings } from '../../../../lib/usage/meter/window-loop';
import { ManualClock } from '../../billing/manual-clock';

const aBatch = (token: string): OutboxBatch => ({
  ...{ token, feed: 'usage', firstId: 1, lastId: 1, count: 1, attempt: 1, quantities: [] },
});

describe('the loop that closes windows', () => {
  let clock: ManualClock;
  let closing: AbortController;
  let running: Promise<void>;
  let told: string[];
  let waiting: OutboxBatch[];
  beforeEach(() => {
    [clock, closing, told, waiting] = [new ManualClock(), new AbortController(), [], []];
  });
  afterEach(async () => {
    closing.abort();
    await running;
  });

  /** What the windows do; they tell what they are asked. */
  const open = (more: Partial<WindowLoopSettings['counter']>) => {
    const settled = new EventTarget();
    const loop = new WindowLoop({
      counter: {
        start: async () => void told.push('start'),
        close: async all => {
          told.push(all ? 'close all' : 'close');
          return 0;
        },
        next: async () => waiting.shift() ?? null,
        nextDueAt: async () => null,
        alarms: () => [],
        ...more,
      },
      ...{ clock, signal: closing.signal, settled },
      send: ({ token }) => void told.push(`send ${token}`),
      failed: error => void told.push(`failed: ${(error as AdapterError).message}`),
      closed: windows => void told.push(`closed ${windows}`),
    });
    running = loop.run();
    return { loop, settled };
  };
  const since = async (act: () => unknown): Promise<string[]> => {
    told = [];
    act();
    await clock.asleep();
    return told;
  };

  it('begins once, and looks at least every minute and whenever something happens', async () => {
    const { loop, settled } = open({});
    await clock.asleep();
    assert.deepEqual(told, ['start', 'close']);
    for (const act of [
      () => clock.advance(60_000),
      () => loop.changed(),
      () => settled.dispatchEvent(new Event('settled')),
    ])
      assert.deepEqual(await since(act), ['close']);
    assert.deepEqual(await since(() => loop.closeAll()), ['close all']);
    assert.deepEqual(await since(() => loop.changed()), ['close']);
  });

  it('says how many it closed, and sends all that is due', async () => {
    let closed = 3;
    open({ close: async () => closed });
    await clock.asleep();
    waiting.push(aBatch('a'), aBatch('b'));
    closed = 0;
    assert.deepEqual(told, ['start', 'closed 3']);
    assert.deepEqual(await since(() => clock.advance(60_000)), ['send a', 'send b']);
  });

  it('sleeps until the next window is due, and five seconds when that is over already', async () => {
    let due = clock.now() + 20_000;
    open({ nextDueAt: async () => due });
    await clock.asleep();
    clock.advance(19_999);
    assert.equal(clock.sleeping, 1);
    assert.deepEqual(await since(() => clock.advance(1)), ['close']);
    due = clock.now() - 1;
    assert.deepEqual(await since(() => clock.advance(5_000)), ['close']);
    assert.deepEqual(await since(() => clock.advance(5_000)), ['close']);
  });

  it('tells a failure when it begins and when it becomes another one, and tries again', async () => {
    let failure: Error | null = new AdapterError('STATE_UNAVAILABLE', 'locked');
    open({
      start: async () => {
        told.push('start');
        if (failure) throw failure;
      },
    });
    await clock.asleep();
    assert.deepEqual(told, ['start', 'failed: locked']);
    assert.deepEqual(await since(() => clock.advance(5_000)), ['start']);
    failure = new Error('broken');
    assert.deepEqual(await since(() => clock.advance(5_000)), ['start', 'failed: broken']);
    failure = null;
    assert.deepEqual(await since(() => clock.advance(5_000)), ['start', 'close']);
    assert.deepEqual(await since(() => clock.advance(60_000)), ['close']);
  });

  it('closes all windows also when the first try fails', async () => {
    let isBroken = false;
    const { loop } = open({
      close: async all => {
        told.push(`all: ${all}`);
        if (isBroken) throw new Error('broken');
        return 0;
      },
    });
    await clock.asleep();
    isBroken = true;
    assert.deepEqual(await since(() => loop.closeAll()), ['all: true', 'failed: broken']);
    isBroken = false;
    assert.deepEqual(await since(() => clock.advance(5_000)), ['all: true']);
    assert.deepEqual(await since(() => clock.advance(60_000)), ['all: false']);
  });

  it('tells what nobody acknowledged', async () => {
    const alarm = { kind: 'unacknowledged' as const, feed: null, eventId: 1, message: '2 of 4 came again.' };
    const alarms = [alarm];
    open({ alarms: () => alarms.splice(0) });
    await clock.asleep();
    assert.deepEqual(told, ['start', 'close', 'failed: 2 of 4 came again.']);
  });
});
