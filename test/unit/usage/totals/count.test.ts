import assert from 'node:assert/strict';
import { usageByTenant, usageReaders } from '../../../../lib/desk/usage';
import type { Store } from '../../../../lib/state/port';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { aQuantity, Counter, scope } from './totals-world';

const now = Date.parse('2026-02-01T00:00:00Z');

describe('what billing has, added up', () => {
  let store: Store;
  let clock: StillClock;
  let counter: Counter;
  beforeEach(async () => {
    clock = new StillClock(now);
    store = await scratchStore(clock);
    counter = new Counter(store, clock);
  });
  afterEach(cleanScratch);

  it('is kept by subscription, meter, unit and day, and for all subscriptions together', async () => {
    await counter.count([
      aQuantity(1, { quantity: '0.1' }),
      aQuantity(2, { quantity: '0.2' }),
      aQuantity(3, { wapSubscriptionId: 's2', quantity: '12345678901234567890.123' }),
      aQuantity(4, { meter: 'disk', unit: 'GB' }),
      aQuantity(5, { startTime: '2026-02-01T00:00:00.000Z' }),
    ]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 0.3', '2026-01-31 disk 1 GB', '2026-02-01 cpu 1']);
    assert.deepEqual(await counter.totals('s1', 'month'), ['2026-01 cpu 0.3', '2026-01 disk 1 GB', '2026-02 cpu 1']);
    assert.deepEqual(await counter.totals(), [
      '2026-01-31 cpu 12345678901234567890.423',
      '2026-01-31 disk 1 GB',
      '2026-02-01 cpu 1',
    ]);
  });

  it('counts a quantity once, however often and in whatever company it comes', async () => {
    await counter.count([aQuantity(1), aQuantity(1)]);
    await counter.count([aQuantity(1), aQuantity(2)]);
    await counter.count([aQuantity(2), aQuantity(1, { meter: 'disk' })]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 2', '2026-01-31 disk 1']);
  });

  it('counts for each billing target by itself', async () => {
    const other = new Counter(store, clock, 'billing2');
    await counter.count([aQuantity(1)]);
    await other.count([aQuantity(1), aQuantity(2)]);
    assert.deepEqual(
      [await counter.totals('s1'), await other.totals('s1')],
      [['2026-01-31 cpu 1'], ['2026-01-31 cpu 2']],
    );
    const readers = await usageReaders(store, clock);
    assert.deepEqual(
      readers.map(({ target, first, last }) => `${target} ${first} ${last}`),
      ['billing1 2026-01-31 2026-01-31', 'billing2 2026-01-31 2026-01-31'],
    );
  });

  it('counts windows and their adjustments, of two series with the same numbers too', async () => {
    const window = (series: string, recordId: number, quantity: string, adjustment = false) => {
      const key = `wap1/meter/${series}/s1/cpu/2026-01-31T10:00:00.000Z/abc${adjustment ? '/adjustment-1' : ''}`;
      return aQuantity(recordId, { key, quantity, adjustment });
    };
    await counter.count([window('hourly', 1, '5'), window('a/b', 1, '7')]);
    await counter.count([window('hourly', 2, '-1.5', true), window('hourly', 1, '5')]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 10.5']);
  });

  it('counts quantities that a function made by their whole keys', async () => {
    const own = (key: string) => aQuantity(-1, { key });
    await counter.count([own('mine 1'), own('mine 1'), own('mine 2')]);
    await counter.count([own('mine 2'), own('mine 3')]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 3']);
  });

  it('takes an id in any case for the same subscription', async () => {
    const id = '0a1b2c3d-0000-4000-8000-00000000beef';
    await counter.count([
      aQuantity(1, { wapSubscriptionId: id }),
      aQuantity(2, { wapSubscriptionId: id.toUpperCase() }),
    ]);
    assert.deepEqual(await counter.totals(id.toUpperCase()), ['2026-01-31 cpu 2']);
  });

  it('cuts days in the time zone that is set, and shows by which', async () => {
    const late = { startTime: '2026-01-31T23:30:00.000Z' };
    await counter.count([aQuantity(1, late)], { zone: 'Europe/Madrid' });
    await counter.count([aQuantity(2, late)]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 1', '2026-02-01 cpu 1 Europe/Madrid']);
  });

  it('adds the same up however many settlements there were before it is folded', async () => {
    for (let id = 1; id <= 150; id++) await counter.count([aQuantity(id, { quantity: '0.01' })]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 1.5']);
  });

  it('is forgotten after 400 days, and what it was made of', async () => {
    await counter.count([aQuantity(1)]);
    assert.deepEqual(await counter.totals('s1'), ['2026-01-31 cpu 1']);
    clock.advance(402 * 86_400_000);
    assert.deepEqual(await counter.totals('s1'), []);
  });

  it('is listed tenant by tenant, a page at a time', async () => {
    const of = (id: number, tenant: string, day: string) =>
      aQuantity(id, { wapSubscriptionId: tenant, startTime: `${day}T05:00:00.000Z` });
    await counter.count([
      of(1, 'a', '2026-01-31'),
      of(2, 'b', '2026-01-01'),
      of(3, 'c', '2026-01-31'),
      of(4, 'c', '2026-01-30'),
    ]);
    const page = (after?: string) =>
      usageByTenant(store, clock, { ...scope, from: '2026-01-30', to: '2026-01-31' }, { by: 'all', after, limit: 1 });
    const first = await page();
    const second = await page(first.next ?? undefined);
    const shown = [first, second].map(({ rows }) =>
      rows.map(row => `${row.subscription} ${row.quantity} ${row.items}`),
    );
    assert.deepEqual(shown, [['a 1 1'], ['c 2 2']]);
    assert.equal((await page(second.next ?? undefined)).next, null);
  });
});
