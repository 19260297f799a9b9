import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RebuildMark } from '../../../../lib/feeds/records/batch';
import type { Store } from '../../../../lib/state/port';
import { listRebuilds } from '../../../../lib/state/tables/usage-rebuild';
import type { Quantity } from '../../../../lib/usage/quantity';
import { rebuildOf } from '../../../../lib/usage/totals/rebuild';
import { holds } from '../../../harness/property';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { aQuantity, Counter, scope } from './totals-world';

const now = Date.parse('2026-02-01T00:00:00Z');
const dayOf = (id: number) => `2026-01-${String(10 + Math.floor(id / 10)).padStart(2, '0')}`;
const record = (id: number, quantity = `${id}.25`): Quantity =>
  aQuantity(id, { quantity, wapSubscriptionId: `s${id % 2}`, startTime: `${dayOf(id)}T08:00:00.000Z` });
const records = (from: number, to: number, quantity?: string) =>
  Array.from({ length: to - from + 1 }, (_none, index) => record(from + index, quantity));
const rebuild = (run: number, fromId: number, toId: number | null): RebuildMark => ({
  ...{ run: `replay ${run}`, fromId, toId, startedAt: now - 86_400_000 + run },
});

const isWithin = (id: number, { fromId, toId }: RebuildMark) => id >= fromId && (toId === null || id <= toId);

describe('a replay that rebuilds totals', () => {
  let clock: StillClock;
  let store: Store;
  let counter: Counter;
  beforeEach(async () => {
    clock = new StillClock(now);
    store = await scratchStore(clock);
    counter = new Counter(store, clock);
  });
  afterEach(cleanScratch);

  it('counts its records from nothing, as they are metered now', async () => {
    await counter.count(records(1, 19));
    for (const some of [records(1, 9, '1'), records(10, 19, '1')])
      await counter.count(some, { rebuild: rebuild(1, 1, 19) });
    assert.deepEqual(await counter.totals(), ['2026-01-10 cpu 9', '2026-01-11 cpu 10']);
    assert.deepEqual(await counter.totals('s1', 'all'), ['cpu 10']);
  });

  it('leaves totals alone that have other records too, and counts nothing twice there', async () => {
    await counter.count(records(1, 5));
    await counter.count(records(6, 15));
    await counter.count(records(4, 15, '1'), { rebuild: rebuild(1, 4, 15) });
    const kept = records(1, 9).reduce((sum, { quantity }) => sum + Number(quantity), 0);
    assert.deepEqual(await counter.totals(), [`2026-01-10 cpu ${kept}`, '2026-01-11 cpu 6']);
  });

  it('counts once what comes by itself meanwhile', async () => {
    await counter.count(records(1, 4));
    await counter.count([record(1)], { rebuild: rebuild(1, 1, null) });
    await counter.count([record(5), record(2)]);
    await counter.count(records(2, 6), { rebuild: rebuild(1, 1, null) });
    await counter.count([record(6)]);
    assert.deepEqual(await counter.totals(undefined, 'all'), ['cpu 22.5']);
  });

  it('and another one begun after it count their records once between them', async () => {
    await counter.count(records(1, 4));
    await counter.count([record(1)], { rebuild: rebuild(1, 1, 4) });
    await counter.count([record(1)], { rebuild: rebuild(2, 1, 4) });
    assert.deepEqual(await counter.totals(undefined, 'all'), ['cpu 1.25']);
    await counter.count(records(1, 4), { rebuild: rebuild(1, 1, 4) });
    await counter.count(records(1, 4), { rebuild: rebuild(2, 1, 4) });
    assert.deepEqual(await counter.totals(undefined, 'all'), ['cpu 11']);
  });

  it('counts what an earlier one counted anew, though its first total was of a time zone that is kept', async () => {
    const zone = 'Pacific/Auckland';
    await counter.count([record(31), record(1)], { zone });
    await counter.count([record(31), record(2)], { rebuild: rebuild(1, 1, null) });
    await counter.count([record(33), record(1)], { zone, rebuild: rebuild(1, 1, null) });
    await counter.count(
      [31, 2, 33].map(id => record(id)),
      { zone, rebuild: rebuild(2, 2, null) },
    );
    assert.deepEqual(await counter.totals('s1'), [`2026-01-10 cpu 1.25 ${zone}`, `2026-01-13 cpu 64.5 ${zone}`]);
    assert.deepEqual(await counter.totals('s0'), [`2026-01-10 cpu 2.25 ${zone}`]);
  });

  it('is forgotten after 400 days, when another one begins', async () => {
    const rebuilds = () => store.transaction(async tx => (await listRebuilds(tx, scope)).map(({ run }) => run));
    await counter.count(records(1, 4), { rebuild: rebuild(1, 1, 4) });
    clock.advance(399 * 86_400_000);
    const next = { ...rebuild(2, 1, 4), startedAt: clock.now() };
    await counter.count(records(1, 4), { rebuild: next });
    assert.deepEqual(await rebuilds(), ['replay 2', 'replay 1']);
    clock.advance(2 * 86_400_000);
    await counter.count(records(1, 4), { rebuild: { ...rebuild(3, 1, 4), startedAt: clock.now() } });
    assert.deepEqual(await rebuilds(), ['replay 3', 'replay 2']);
  });

  for (const [message, mark] of [
    [{}, null],
    [{ replay: 'r1' }, null],
    [{ rebuild: { fromId: 1, toId: 2, startedAt: 3 } }, null],
    [{ replay: 'r1', rebuild: { fromId: '1', startedAt: 3 } }, null],
    [
      { replay: 'r1', rebuild: { fromId: 1, toId: 2, startedAt: 3 } },
      { run: 'r1', fromId: 1, toId: 2, startedAt: 3 },
    ],
    [
      { replay: 'r1', rebuild: { fromId: 1, startedAt: 3 } },
      { run: 'r1', fromId: 1, toId: null, startedAt: 3 },
    ],
  ] as const)
    it(`is ${mark ? '' : 'not '}named by ${JSON.stringify(message)}`, () => assert.deepEqual(rebuildOf(message), mark));

  it('ends with every record once, whatever came in between', async function () {
    this.timeout(60_000);
    const id = fc.integer({ min: 1, max: 39 });
    const ids = fc.array(id, { minLength: 1, maxLength: 12 });
    const action = fc.oneof(
      fc.record({ what: fc.constant<'live'>('live'), ids, zone: fc.constantFrom('UTC', 'Pacific/Auckland') }),
      fc.record({ what: fc.constant<'replay'>('replay'), ids, zone: fc.constantFrom('UTC', 'Pacific/Auckland') }),
      fc.record({ what: fc.constant<'begin'>('begin'), from: id, to: fc.option(id) }),
      fc.record({ what: fc.constant<'look'>('look') }),
    );
    let world = 0;
    await holds(
      'a replay that rebuilds totals: ends with every record once, whatever came in between',
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async actions => {
        const mine = new Counter(store, new StillClock(now), `billing ${world++}`);
        const had = new Set<number>();
        const begun: RebuildMark[] = [];
        let zone = 'UTC';
        const send = async (some: number[], rebuild?: RebuildMark) => {
          const sent = rebuild ? some.filter(each => isWithin(each, rebuild)) : some;
          for (const each of sent) had.add(each);
          const quantities = sent.map(each => record(each));
          await mine.count(quantities, rebuild ? { zone, rebuild } : { zone });
        };
        for (const [at, one] of actions.entries()) {
          if (one.what === 'look') await mine.totals();
          else if (one.what === 'begin') begun.push(rebuild(world * 100 + at, one.from, one.to));
          else {
            zone = one.zone;
            await send(one.ids, one.what === 'replay' ? begun.at(-1) : undefined);
          }
        }
        for (const each of begun) await send([...had], each);
        const billed = [...had].reduce((sum, each) => sum + Number(record(each).quantity), 0);
        const sum = (rows: string[]) => rows.reduce((all, row) => all + Number(row.split(' ')[1]), 0);
        assert.equal(sum(await mine.totals(undefined, 'all')), billed);
        assert.equal(sum(await mine.totals('s0', 'all')) + sum(await mine.totals('s1', 'all')), billed);
      }),
      { numRuns: 150 },
    );
  });
});
