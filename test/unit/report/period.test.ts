import assert from 'node:assert/strict';
import fc from 'fast-check';
import { periodOf } from '../../../lib/report/period';
import { Days, dayAfter } from '../../../lib/usage/totals/days';
import { holds } from '../../harness/property';

const none = { from: undefined, until: undefined };

describe('the period of a report', () => {
  it('is of days, both included', () => {
    const of = (word: Parameters<typeof periodOf>[0], today: string) => periodOf(word, none, today);
    assert.deepEqual(of('today', '2026-03-01'), { from: '2026-03-01', to: '2026-03-01' });
    assert.deepEqual(of('yesterday', '2026-03-01'), { from: '2026-02-28', to: '2026-02-28' });
    assert.deepEqual(of('thisMonth', '2026-03-01'), { from: '2026-03-01', to: '2026-03-01' });
    assert.deepEqual(of('lastMonth', '2026-03-31'), { from: '2026-02-01', to: '2026-02-28' });
    assert.deepEqual(of('lastMonth', '2024-01-09'), { from: '2023-12-01', to: '2023-12-31' });
    assert.deepEqual(of('all', '2026-03-01'), { from: null, to: null });
    assert.deepEqual(of('between', '2026-03-01'), { from: null, to: null });
  });

  it('lets an end that is not given open', () => {
    assert.deepEqual(periodOf('between', { from: '2026-01-02', until: '' }, ''), { from: '2026-01-02', to: null });
  });
});

describe('the beginning of a day', () => {
  it('is the first moment of that day in its time zone', () => {
    const zones = ['UTC', 'Europe/Madrid', 'America/Sao_Paulo', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Apia'];
    const aDay = fc
      .integer({ min: 0, max: 20_000 })
      .map(count => dayAfter('1990-01-01', count))
      .filter(day => day !== '2011-12-30'); // Apia went over it
    holds(
      'the beginning of a day: is the first moment of that day in its time zone',
      fc.property(fc.constantFrom(...zones), aDay, (zone, day) => {
        const days = new Days(zone);
        const begin = days.begin(day);
        assert.equal(days.at(begin), day);
        assert.ok(days.at(begin - 1) < day);
      }),
    );
  });

  it('of a day that a time zone left out is that of the next', () => {
    const days = new Days('Pacific/Apia');
    assert.equal(days.at(days.begin('2011-12-30')), '2011-12-31');
  });
});
