import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Calendar, windowKinds } from '../../../../lib/usage/calendar';
import { Decimal } from '../../../../lib/usage/decimal';
import { type Placement, place } from '../../../../lib/usage/meter/split';
import { holds } from '../../../harness/property';
import { fails } from '../../state/scratch';

const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const windowAt = (zone: string, kind: 'hour' | 'day' | 'month', at: string) => {
  const { start, end } = new Calendar(zone).windowOf(kind, Date.parse(at));
  return `${iso(start)} ${iso(end)}`;
};

describe('windows', () => {
  for (const [zone, kind, at, wanted] of [
    ['UTC', 'hour', '2026-03-01T10:59:59.999Z', '2026-03-01T10:00Z 2026-03-01T11:00Z'],
    ['UTC', 'day', '2026-03-01T00:00:00Z', '2026-03-01T00:00Z 2026-03-02T00:00Z'],
    ['UTC', 'month', '2026-02-28T23:59:59Z', '2026-02-01T00:00Z 2026-03-01T00:00Z'],
    ['Europe/Madrid', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00Z 2026-03-29T22:00Z'],
    ['Europe/Madrid', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00Z 2026-10-25T23:00Z'],
    ['Europe/Madrid', 'month', '2026-03-31T22:30:00Z', '2026-03-31T22:00Z 2026-04-30T22:00Z'],
    ['Asia/Kolkata', 'hour', '2026-03-01T10:15:00Z', '2026-03-01T09:30Z 2026-03-01T10:30Z'],
    ['America/St_Johns', 'day', '2026-07-01T12:00:00Z', '2026-07-01T02:30Z 2026-07-02T02:30Z'],
    // Clocks went from 23:59 to 01:00: the day begins at its first moment.
    ['America/Sao_Paulo', 'day', '2018-11-04T12:00:00Z', '2018-11-04T03:00Z 2018-11-05T02:00Z'],
    // Clocks went from 00:01 back to 23:01 of the day before, so one hour shows the date of a day that has ended.
    ['America/St_Johns', 'day', '2010-11-07T02:45:00Z', '2010-11-07T02:30Z 2010-11-08T03:30Z'],
    ['America/St_Johns', 'day', '2010-11-07T02:30:30Z', '2010-11-07T02:30Z 2010-11-08T03:30Z'],
  ] as const) {
    it(`have the ${kind} of ${at} in ${zone}`, () => assert.equal(windowAt(zone, kind, at), wanted));
  }

  it('name what is wrong with a zone', () =>
    assert.throws(() => new Calendar('Mars/Olympus'), fails('INPUT_INVALID', /timeZone .* Europe\/Madrid/)));

  it('hold every moment exactly once, in any zone', () => {
    const zones = [
      'UTC',
      'Europe/Madrid',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'America/St_Johns',
    ];
    const moment = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2030, 0, 1) });
    holds(
      'windows: hold every moment exactly once, in any zone',
      fc.property(fc.constantFrom(...zones), fc.constantFrom(...windowKinds), moment, (zone, kind, at) => {
        const calendar = new Calendar(zone);
        const window = calendar.windowOf(kind, at);
        assert.ok(window.start <= at && at < window.end);
        assert.equal(new Calendar(zone).windowOf(kind, window.end).start, window.end);
        assert.equal(new Calendar(zone).windowOf(kind, window.start - 1).end, window.start);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a period', () => {
  const calendar = new Calendar('UTC');
  const addend = (value: string, from: string, to: string) => {
    const endedAt = Date.parse(to);
    return { value: new Decimal(value), ms: endedAt - Date.parse(from), endedAt, recordId: 1 };
  };
  const parts = (how: Placement, value: string, from: string, to: string, aggregate: 'sum' | 'max' = 'sum') =>
    place(addend(value, from, to), aggregate, how, calendar, 'day')?.map(
      ({ window, addend: { value: share, ms } }) =>
        `${iso(window.start).slice(0, 10)} ${share.toFixed()} ${ms / 3_600_000}h`,
    );
  const [evening, morning] = ['2026-03-01T22:00:00Z', '2026-03-02T01:00:00Z'];

  it('counts where it ends', () => assert.deepEqual(parts('end', '6', evening, morning), ['2026-03-02 6 3h']));
  it('counts where it starts', () => assert.deepEqual(parts('start', '6', evening, morning), ['2026-03-01 6 3h']));
  it('ends in the old day when it ends at midnight', () =>
    assert.deepEqual(parts('end', '6', evening, '2026-03-02T00:00:00Z'), ['2026-03-01 6 2h']));
  it('gives each day its share, and the last one the rest', () =>
    assert.deepEqual(parts('split', '10', evening, morning), [
      '2026-03-01 6.666666666666 2h',
      '2026-03-02 3.333333333334 1h',
    ]));
  it('holds its level in each day', () =>
    assert.deepEqual(parts('split', '6', evening, morning, 'max'), ['2026-03-01 6 2h', '2026-03-02 6 1h']));
  it('of no length is in one window', () =>
    assert.deepEqual(parts('split', '6', morning, morning), ['2026-03-02 6 0h']));
  it('of centuries is not split', () =>
    assert.equal(parts('split', '6', '1980-01-01T00:00:00Z', '2026-01-01T00:00:00Z'), undefined));

  it('is split into windows that touch, with shares that add up to it', () => {
    const at = Date.UTC(2026, 2, 1);
    const milliseconds = fc.integer({ min: 0, max: 40 * 86_400_000 });
    holds(
      'a period: is split into windows that touch, with shares that add up to it',
      fc.property(
        milliseconds,
        milliseconds,
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.integer({ min: 0, max: 15 }),
        (from, ms, digits, places) => {
          const value = new Decimal(digits.toString()).div(1).times(`1e-${places}`);
          const found = place({ value, ms, endedAt: at + from + ms, recordId: 1 }, 'sum', 'split', calendar, 'hour');
          assert.ok(found && found.length > 0);
          const total = found.reduce((sum, part) => sum.plus(part.addend.value), new Decimal(0));
          assert.equal(total.toFixed(), value.toFixed());
          assert.equal(
            found.reduce((sum, part) => sum + part.addend.ms, 0),
            ms,
          );
          assert.ok(found.every(part => part.addend.value.gte(0)));
          for (const [index, part] of found.entries())
            if (index > 0) assert.equal(found[index - 1]?.window.end, part.window.start);
        },
      ),
      { numRuns: 200 },
    );
  });
});
