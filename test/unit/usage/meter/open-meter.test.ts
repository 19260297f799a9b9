import assert from 'node:assert/strict';
import { settle } from '../../../../lib/feeds/settle/settle';
import { settledOf, tellSettled } from '../../../../lib/feeds/settled';
import type { Store } from '../../../../lib/state/port';
import { type MeterChoices, openMeter } from '../../../../lib/usage/meter/open-meter';
import type { UsageMeter } from '../../../../lib/usage/meter/usage-meter';
import type { Quantity } from '../../../../lib/usage/quantity';
import type { UsageRecord } from '../../../../lib/wap/types';
import { ManualClock } from '../../billing/manual-clock';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { aRecord } from './records';

const hour = 3_600_000;
const choices: MeterChoices = {
  rules: [{ metric: 'DatabaseCount', meter: 'db', unit: 'x', aggregate: 'sum' }],
  ...{ window: 'day', timeZone: 'UTC', placement: 'end', closing: 'time', latenessMinutes: 60, series: 'daily' },
  ...{ batchSize: 100, maxOpen: 1, redeliverMinutes: 10 },
};
const on = (EventId: number, DatabaseCount: string, more: Partial<UsageRecord> = {}) =>
  aRecord({
    ...{ EventId, StartTime: '2026-01-01T10:00:00', EndTime: '2026-01-01T11:00:00', Resources: { DatabaseCount } },
    ...more,
  });

describe('a meter as it is chosen', () => {
  let clock: ManualClock;
  let store: Store;
  let closing: AbortController;
  let running: Array<Promise<void>>;
  let sent: Array<{ token: string; quantities: number; payload: Quantity[] }>;
  let told: unknown[];
  beforeEach(async () => {
    [clock, closing, running, sent, told] = [new ManualClock(), new AbortController(), [], [], []];
    store = await scratchStore(new StillClock());
    clock.advance(12 * hour);
  });
  afterEach(async () => {
    closing.abort();
    await Promise.all(running);
    await cleanScratch();
  });

  const open = (more: Partial<MeterChoices> = {}, owner = 'Meter') =>
    openMeter(
      { ...choices, ...more },
      {
        ...{ installation: 'wap', store, clock, settled: settledOf(store), party: { by: owner, copies: 1 } },
        ...{ signal: closing.signal, owner },
        messages: {
          quantities: (payload, { token, quantities }) => void sent.push({ token, quantities, payload }),
          failed: error => void told.push((error as { code: string }).code),
          closed: windows => void told.push(windows),
        },
      },
    );
  const start = async (more: Partial<MeterChoices> = {}) => {
    const meter = open(more);
    running.push(meter.run());
    await clock.asleep();
    return meter;
  };
  const take = async (meter: UsageMeter, ...records: UsageRecord[]) => {
    const found = await meter.take(records, { feed: 'usage', token: null }, () => undefined);
    await clock.asleep();
    return found;
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await clock.asleep();
  };

  it('bills a window once it has ended and no more is late, until it is acknowledged', async () => {
    const meter = await start();
    const odd = on(3, 'many');
    const unknown = on(4, '1', { Resources: { Other: '1' } });
    const found = await take(meter, on(1, '0.1'), on(2, '0.2'), odd, unknown);
    assert.deepEqual([found.quantities, found.odd.length, found.unknown], [null, 1, [unknown]]);
    assert.deepEqual(await meter.status(), { windows: 1, waiting: 0, unacknowledged: 0, dead: 0 });
    await pass(13 * hour - 1);
    assert.deepEqual([sent, told], [[], []]);
    await pass(1);
    const [message, ...others] = sent;
    assert.deepEqual([told, message?.quantities, others], [[1], 1, []]);
    assert.deepEqual(
      message?.payload.map(({ meter, quantity, unit, endTime }) => [meter, quantity, unit, endTime]),
      [['db', '0.3', 'x', '2026-01-02T00:00:00.000Z']],
    );
    assert.deepEqual(await meter.status(), { windows: 0, waiting: 0, unacknowledged: 1, dead: 0 });
    await settle(store, clock, message?.token ?? '', { result: 'delivered' });
    tellSettled(settledOf(store));
    await clock.asleep();
    assert.deepEqual(await meter.status(), { windows: 0, waiting: 0, unacknowledged: 0, dead: 0 });
  });

  it('bills again what nobody acknowledged', async () => {
    const meter = await start();
    await take(meter, on(1, '1'));
    await pass(13 * hour);
    await pass(10 * 60_000 - 1);
    assert.equal(sent.length, 1);
    await pass(1);
    assert.deepEqual(
      sent.map(({ payload }) => payload.map(({ quantity }) => quantity)),
      [['1'], ['1']],
    );
  });

  it('waits for a poll that has caught up, where that is chosen', async () => {
    const meter = await start({ closing: 'caughtUp' });
    await take(meter, on(1, '1'));
    await pass(400 * hour);
    assert.deepEqual(told, []);
    meter.close();
    await clock.asleep();
    assert.deepEqual([told, sent.length], [[1], 1]);
  });

  it('counts apart what names with commas say', async () => {
    const meter = await start({ apart: 'a, resource', closing: 'caughtUp' });
    await take(meter, on(1, '1', { ResourceId: 'x' }), on(2, '2', { ResourceId: 'y' }));
    assert.equal((await meter.status())?.windows, 2);
  });

  it('fills its windows alone, until it is closed', async () => {
    open({}, 'the first');
    assert.throws(() => open({}, 'the second'), fails('INPUT_CONFIG', /"the first"/));
    open({ series: 'other' }, 'the second');
    closing.abort();
    closing = new AbortController();
    open({}, 'the second');
  });

  it('without windows meters each record by itself, by the ready rules where there are none', async () => {
    const meter = open({ window: 'none', rules: [] });
    await meter.run();
    meter.close();
    assert.equal(await meter.status(), null);
    const record = on(1, '1', { ProviderName: 'sqlservers', Resources: { DatabaseCount: '2' } });
    const { quantities } = await meter.take([record], { feed: 'usage', token: null }, () => undefined);
    assert.deepEqual(
      quantities?.map(({ recordId, quantity }) => [recordId, quantity]),
      [[1, '2']],
    );
  });

  it('without windows says that a delivery is not known, and meters all the same', async () => {
    const meter = open({ window: 'none' });
    const records = [on(1, '1'), on(2, 'many')];
    const { quantities, odd } = await meter.take(records, { feed: 'usage', token: 'usage-1.x' }, () => undefined);
    assert.deepEqual([quantities?.length, odd.length, told], [1, 1, ['STATE_DELIVERY']]);
  });

  it('is refused for a time zone or rule that is none', () => {
    assert.throws(() => open({ timeZone: 'Mars' }), fails('INPUT_INVALID', /./));
    assert.throws(() => open({ rules: [{ metric: 'x', aggregate: 'most' }] }), fails('INPUT_INVALID', /./));
  });
});
