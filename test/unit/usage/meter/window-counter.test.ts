import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { settle } from '../../../../lib/feeds/settle/settle';
import type { Store } from '../../../../lib/state/port';
import { Calendar } from '../../../../lib/usage/calendar';
import { readRules } from '../../../../lib/usage/meter/read-rules';
import { type Aggregate, aggregates, RuleBook } from '../../../../lib/usage/meter/rule';
import { WindowCounter, type WindowCounterSettings } from '../../../../lib/usage/meter/window-counter';
import type { Quantity } from '../../../../lib/usage/quantity';
import type { UsageRecord } from '../../../../lib/wap/types';
import { holds } from '../../../harness/property';
import { cleanScratch, fails, StillClock, scratchFolder, scratchStore } from '../../state/scratch';
import { aRecord } from './records';

const noon = Date.UTC(2026, 2, 2, 12);
const hour = 3_600_000;

const party = { by: 'meter', copies: 1 };

class Desk {
  readonly clock = new StillClock(noon);
  constructor(public store: Store) {}
  meter(more: Partial<WindowCounterSettings> & { aggregate?: Aggregate } = {}): WindowCounter {
    const { aggregate = 'sum', ...settings } = more;
    return new WindowCounter({
      ...{ store: this.store, clock: this.clock, installation: 'wap1', series: 'daily' },
      book: new RuleBook(readRules([{ metric: 'DatabaseCount', meter: 'db', unit: 'x', aggregate }])),
      ...{ calendar: new Calendar('UTC'), window: 'day' as const, placement: 'end' as const, apart: ['resource'] },
      latenessMs: hour,
      outbox: { batchSize: 100, maxOpenBatches: 1, redeliveryMs: 600_000 },
      ...settings,
    });
  }
  async count(meter: WindowCounter, ...records: UsageRecord[]): Promise<void> {
    await meter.count(records, meter.sort(records).contributions, { token: null, party });
  }
  /** What is to be billed now, acknowledged. */
  async billed(meter: WindowCounter, all = false): Promise<Quantity[]> {
    await meter.close(all);
    const found: Quantity[] = [];
    for (let batch = await meter.next(); batch; batch = await meter.next()) {
      found.push(...batch.quantities);
      await settle(this.store, this.clock, batch.token, { result: 'delivered' });
    }
    return found;
  }
}

const on = (EventId: number, DatabaseCount: string, more: Partial<UsageRecord> = {}) =>
  aRecord({ EventId, Resources: { DatabaseCount }, ...more });
const short = ({ quantity, adjustment, startTime }: Quantity) =>
  `${startTime.slice(0, 10)} ${quantity}${adjustment ? ' adjusts' : ''}`;

describe('windows of a meter', () => {
  afterEach(cleanScratch);
  const desk = async () => new Desk(await scratchStore(new StillClock(noon)));

  it('give one quantity for the records of a day, once its lateness is over', async () => {
    const at = await desk();
    at.clock.time = Date.UTC(2026, 2, 1, 20);
    const meter = at.meter();
    await at.count(meter, on(1, '0.1'), on(2, '0.2'));
    assert.deepEqual(await at.billed(meter), []);
    at.clock.time = Date.UTC(2026, 2, 2, 1) - 1;
    assert.deepEqual(await at.billed(meter), []);
    at.clock.time += 1;
    const [only, ...others] = await at.billed(meter);
    assert.ok(only);
    const { key, token, ...rest } = only;
    assert.ok(token);
    assert.match(key, /^wap1\/meter\/daily\/sub-1\/db\/2026-03-01T00:00:00\.000Z\/[0-9a-f]{16}$/);
    assert.deepEqual(rest, {
      ...{ recordId: 1, wapSubscriptionId: 'sub-1', meter: 'db', unit: 'x', quantity: '0.3', adjustment: false },
      recordQuantities: 1,
      ...{ startTime: '2026-03-01T00:00:00.000Z', endTime: '2026-03-02T00:00:00.000Z', properties: {} },
    });
    assert.deepEqual(others, []);
    assert.deepEqual(await at.billed(meter), []);
  });

  it('wait for a backfill that still fills them', async () => {
    const at = await desk();
    const meter = at.meter();
    await at.count(meter, on(1, '1'));
    at.clock.time += 200_000;
    await at.count(meter, on(2, '1'));
    at.clock.time += 299_999;
    assert.deepEqual(await at.billed(meter), []);
    at.clock.time += 1;
    assert.deepEqual((await at.billed(meter)).map(short), ['2026-03-01 2']);
  });

  it('are closed by a run that has caught up, but not before their end', async () => {
    const at = await desk();
    const meter = at.meter({ latenessMs: null });
    await at.count(meter, on(1, '1'), on(2, '5', { StartTime: '2026-03-02T10:00:00', EndTime: '2026-03-02T11:00:00' }));
    assert.deepEqual(await at.billed(meter), []);
    assert.deepEqual((await at.billed(meter, true)).map(short), ['2026-03-01 1']);
    assert.equal((await meter.status()).windows, 1);
  });

  it('count a record once, however often it comes', async () => {
    const at = await desk();
    const meter = at.meter();
    await at.count(meter, on(1, '1'), on(1, '1'));
    await at.count(meter, on(1, '1'), on(2, '1'));
    assert.deepEqual((await at.billed(meter, true)).map(short), ['2026-03-01 2']);
    await at.count(meter, on(1, '1'));
    assert.deepEqual(await at.billed(meter, true), []);
  });

  it('are one for a subscription that comes in capitals too, with one key', async () => {
    const id = 'aaaaaaaa-0000-0000-0000-00000000beef';
    const keys = [];
    for (const [first, second] of [
      [id, id.toUpperCase()],
      [id.toUpperCase(), id],
    ] as const) {
      const at = await desk();
      const meter = at.meter({ aggregate: 'max' });
      await at.count(meter, on(1, '1', { SubscriptionId: first }), on(2, '3', { SubscriptionId: second }));
      const billed = await at.billed(meter, true);
      assert.deepEqual(billed.map(short), ['2026-03-01 3']);
      keys.push(billed[0]?.key);
    }
    assert.equal(keys[0], keys[1]);
  });

  it('count nothing of a batch whose acknowledgement is refused', async () => {
    const at = await desk();
    const meter = at.meter();
    const records = [on(1, '1')];
    const { contributions } = meter.sort(records);
    await assert.rejects(
      meter.count(records, contributions, { token: 'nobody', party }),
      fails('STATE_DELIVERY', /token/),
    );
    assert.deepEqual(await at.billed(meter, true), []);
    await at.count(meter, ...records);
    assert.deepEqual((await at.billed(meter, true)).map(short), ['2026-03-01 1']);
  });

  for (const [aggregate, first, late, bills] of [
    ['sum', ['1.5'], ['0.25'], ['1.5', '0.25 adjusts']],
    ['unit-hours', ['2', '3'], ['1'], ['5', '1 adjusts']],
    ['max', ['2', '3'], ['10'], ['3', '7 adjusts']],
    ['min', ['2', '3'], ['0.5'], ['2', '-1.5 adjusts']],
    ['average', ['2', '4'], ['9'], ['3', '2 adjusts']],
    ['last', ['2', '4'], ['1'], ['4', '-3 adjusts']],
    ['max', ['2', '3'], ['1'], ['3']],
  ] as const) {
    it(`bill ${bills.join(', then ')} by ${aggregate} when ${late} comes late`, async () => {
      const at = await desk();
      const meter = at.meter({ aggregate });
      await at.count(meter, ...first.map((value, index) => on(index + 1, value)));
      const before = await at.billed(meter, true);
      await at.count(meter, ...late.map((value, index) => on(index + 10, value)));
      const after = await at.billed(meter, true);
      assert.deepEqual(
        [...before, ...after].map(each => short(each).slice(11)),
        bills,
      );
      assert.equal(new Set([...before, ...after].map(({ key }) => key)).size, bills.length);
    });
  }

  it('keep resources apart, and subscriptions always', async () => {
    const at = await desk();
    const meter = at.meter();
    await at.count(
      meter,
      on(1, '1', { ResourceId: 'a' }),
      on(2, '2', { ResourceId: 'b' }),
      on(3, '4', { SubscriptionId: 'sub-2' }),
    );
    const found = await at.billed(meter, true);
    assert.deepEqual(
      found.map(({ wapSubscriptionId, properties, quantity }) => [wapSubscriptionId, properties, quantity]).sort(),
      [
        ['sub-1', { resource: 'a' }, '1'],
        ['sub-1', { resource: 'b' }, '2'],
        ['sub-2', {}, '4'],
      ],
    );
  });

  it('no longer take what ended a hundred days ago', async () => {
    const at = await desk();
    const old = on(1, '1', { StartTime: '2025-11-01T10:00:00', EndTime: '2025-11-01T11:00:00' });
    assert.deepEqual(
      at
        .meter()
        .sort([old])
        .odd.map(({ reason }) => reason),
      ['its window is no longer kept'],
    );
  });

  it('send what nobody acknowledged again, and what was set aside never', async () => {
    const at = await desk();
    const meter = at.meter({ outbox: { batchSize: 1, maxOpenBatches: 1, redeliveryMs: 1000 } });
    await at.count(meter, on(1, '1'), on(2, '2', { SubscriptionId: 'sub-2' }));
    await meter.close(true);
    const first = await meter.next();
    assert.deepEqual([first?.attempt, await meter.next()], [1, null]);
    at.clock.time += 1000;
    const again = await meter.next();
    const keys = (batch: typeof first) => batch?.quantities.map(({ key }) => key);
    assert.deepEqual([again?.attempt, keys(again)], [2, keys(first)]);
    await settle(at.store, at.clock, again?.token ?? '', { result: 'dead', reason: 'no' });
    assert.equal((await meter.next())?.quantities[0]?.wapSubscriptionId, 'sub-2');
    assert.equal((await meter.status()).dead, 1);
  });

  it('come again after the usual wait when the clock is set back, also when the store fails at that moment', async () => {
    const at = await desk();
    let isFull = false;
    const store: Store = {
      ...{ name: at.store.name, close: () => at.store.close() },
      transaction: (work, options) =>
        at.store.transaction(async tx => {
          const result = await work(tx);
          if (isFull) throw new Error('full');
          return result;
        }, options),
    };
    const meter = at.meter({ store, outbox: { batchSize: 1, maxOpenBatches: 1, redeliveryMs: 1000 } });
    await at.count(meter, on(1, '1'));
    await meter.close(true);
    const first = await meter.next();
    at.clock.time -= 48 * hour;
    isFull = true;
    await assert.rejects(meter.next(), /full/);
    isFull = false;
    assert.equal(await meter.next(), null);
    at.clock.time += 1000;
    assert.deepEqual((await meter.next())?.quantities[0]?.key, first?.quantities[0]?.key);
  });

  it('bill the same in any order, with restarts, repeats and closings in between', async () => {
    const value = fc
      .integer({ min: 0, max: 5000 })
      .map(cents => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
    const entry = fc.record({
      value,
      sub: fc.constantFrom('a', 'b'),
      from: fc.integer({ min: 0, max: 60 }),
      hours: fc.integer({ min: 0, max: 30 }),
    });
    const action = fc.constantFrom('count', 'repeat', 'close', 'restart', 'tick');
    await holds(
      'windows of a meter: bill the same in any order, with restarts, repeats and closings in between',
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 12 }),
        fc.array(action, { maxLength: 15 }),
        fc.constantFrom(...aggregates),
        fc.constantFrom('end' as const, 'start' as const, 'split' as const),
        async (entries, actions, aggregate, placement) => {
          const file = join(await scratchFolder(), 'state.sqlite');
          const clock = new StillClock(noon);
          const at = new Desk(await scratchStore(clock, file));
          at.clock.time = Date.UTC(2026, 2, 6);
          const records = entries.map((one, index) => {
            const start = Date.UTC(2026, 2, 1) + one.from * hour;
            const times = {
              StartTime: new Date(start).toISOString(),
              EndTime: new Date(start + one.hours * hour).toISOString(),
            };
            return on(index + 1, one.value, { ...times, SubscriptionId: one.sub });
          });
          let meter = at.meter({ aggregate, placement });
          const left = [...records];
          const sums = new Map<string, bigint>();
          const keys = new Set<string>();
          const bill = async (all: boolean) => {
            for (const { key, wapSubscriptionId, startTime, quantity } of await at.billed(meter, all)) {
              assert.ok(!keys.has(key), `the key ${key} came twice`);
              keys.add(key);
              const place = `${wapSubscriptionId} ${startTime.slice(0, 10)}`;
              sums.set(place, (sums.get(place) ?? 0n) + scaled(quantity));
            }
          };
          for (const what of actions) {
            if (what === 'count') await at.count(meter, ...left.splice(0, 2));
            else if (what === 'repeat') await at.count(meter, ...records.slice(0, records.length - left.length));
            else if (what === 'close') await bill(true);
            else if (what === 'tick') at.clock.time += 200_000;
            else {
              await at.store.close();
              at.store = await scratchStore(clock, file);
              meter = at.meter({ aggregate, placement });
              await meter.start();
            }
            await bill(false);
          }
          await at.count(meter, ...left);
          await bill(true);
          const all = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, each) => sum + each, 0n);
          if (aggregate === 'sum') assert.equal(all(sums.values()), all(entries.map(one => scaled(one.value))));
          for (const [place, total] of model(entries, aggregate, placement)) {
            const difference = (sums.get(place) ?? 0n) - total;
            assert.ok(difference <= 12n && difference >= -12n, `${place}: ${sums.get(place)} instead of ${total}`);
            sums.delete(place);
          }
          assert.deepEqual(
            [...sums].filter(([, sum]) => sum !== 0n),
            [],
          );
          await cleanScratch();
        },
      ),
      { numRuns: 20 },
    );
  });
});

/** In 12 decimals; fits what the test uses. */
const scaled = (text: string): bigint => {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(12, '0').slice(0, 12)}`);
};

/** What should be billed, by whole hours: each hour of a period is looked at by itself. */
function model(
  entries: Array<{ value: string; sub: string; from: number; hours: number }>,
  aggregate: Aggregate,
  placement: 'end' | 'start' | 'split',
): Map<string, bigint> {
  const dayOf = (at: number) => new Date(Date.UTC(2026, 2, 1) + at * hour).toISOString().slice(0, 10);
  const days = new Map<string, Array<{ value: bigint; hours: number; of: number; end: number; id: number }>>();
  for (const [id, { value, sub, from, hours }] of entries.entries()) {
    const hoursOfDays = new Map<string, number>();
    const touch = (day: string, count: number) => hoursOfDays.set(day, (hoursOfDays.get(day) ?? 0) + count);
    if (placement === 'start' || hours === 0) touch(dayOf(from), hours);
    else if (placement === 'end') touch(dayOf(from + hours - 1), hours);
    else for (let at = from; at < from + hours; at++) touch(dayOf(at), 1);
    for (const [day, count] of hoursOfDays) {
      const place = `${sub} ${day}`;
      days.set(place, [
        ...(days.get(place) ?? []),
        { value: scaled(value), hours: count, of: hours, end: from + hours, id },
      ]);
    }
  }
  return new Map([...days].map(([place, parts]) => [place, put(aggregate, parts, placement)]));
}

function put(
  aggregate: Aggregate,
  parts: Array<{ value: bigint; hours: number; of: number; end: number; id: number }>,
  placement: string,
): bigint {
  const values = parts.map(({ value }) => value);
  const total = (all: bigint[]) => all.reduce((sum, each) => sum + each, 0n);
  switch (aggregate) {
    case 'sum':
      // Shares are cut off at the twelfth decimal, so a day can differ there; the days together cannot.
      return total(
        parts.map(({ value, hours, of }) =>
          placement === 'split' && of > 0 ? (value * BigInt(hours)) / BigInt(of) : value,
        ),
      );
    case 'unit-hours':
      return total(parts.map(({ value, hours }) => value * BigInt(hours)));
    case 'max':
      return values.reduce((most, each) => (each > most ? each : most));
    case 'min':
      return values.reduce((least, each) => (each < least ? each : least));
    case 'last':
      return [...parts].sort((a, b) => a.end - b.end || a.id - b.id).at(-1)?.value ?? 0n;
    case 'average':
      return total(values) / BigInt(values.length);
  }
}
