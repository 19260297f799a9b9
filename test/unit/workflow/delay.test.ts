import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inOfficeHours, type OfficeHours, readInstant, sleepUntil } from '../../../lib/workflow/delay';
import { holds } from '../../harness/property';
import { ManualClock } from '../billing/manual-clock';
import { fails } from '../state/scratch';

const madrid: OfficeHours = { days: 'weekdays', from: '08:00', to: '17:30', timeZone: 'Europe/Madrid' };
const at = (text: string) => Date.parse(text);

describe('office hours', () => {
  for (const [title, since, begins] of [
    ['go on at once within them', '2026-11-26T10:00:00+01:00', '2026-11-26T10:00:00+01:00'],
    ['go on at once when they begin', '2026-11-26T08:00:00+01:00', '2026-11-26T08:00:00+01:00'],
    ['wait for the morning', '2026-11-26T07:59:59+01:00', '2026-11-26T08:00:00+01:00'],
    ['are over when they end', '2026-11-26T17:30:00+01:00', '2026-11-27T08:00:00+01:00'],
    ['wait for Monday', '2026-11-27T18:00:00+01:00', '2026-11-30T08:00:00+01:00'],
    ['know the change to summer time', '2026-03-28T18:00:00+01:00', '2026-03-30T08:00:00+02:00'],
    ['and back', '2026-10-24T18:00:00+02:00', '2026-10-26T08:00:00+01:00'],
  ] as const) {
    it(title, () => assert.equal(inOfficeHours(madrid, at(since)), at(begins)));
  }

  it('are never in the past, at most four days away, and within the hours and days of the zone', () => {
    const times = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
    holds(
      'office hours: are never in the past, at most four days away, and within the hours and days of the zone',
      fc.property(times, since => {
        const begins = inOfficeHours(madrid, since);
        const local = new Intl.DateTimeFormat('en-GB', {
          ...{ timeZone: 'Europe/Madrid', weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
        }).format(begins);
        assert.ok(begins >= since && begins - since < 4 * 86_400_000, local);
        assert.match(local, /^(Mon|Tue|Wed|Thu|Fri)/);
        const time = local.slice(-5);
        assert.ok(time >= '08:00' && time < '17:30', local);
      }),
    );
  });

  it('refuse a time or a zone that there is not, and an end before the beginning', () => {
    assert.throws(() => inOfficeHours({ ...madrid, from: '25:00' }, 0), fails('INPUT_INVALID', /^from: give a time/));
    assert.throws(() => inOfficeHours({ ...madrid, to: 'late' }, 0), fails('INPUT_INVALID', /^to: give a time/));
    assert.throws(() => inOfficeHours({ ...madrid, timeZone: 'Madrid' }, 0), fails('INPUT_INVALID', /^timeZone/));
    assert.throws(() => inOfficeHours({ ...madrid, to: '08:00' }, 0), fails('INPUT_INVALID', /^to: give a later/));
  });
});

describe('a time to wait until', () => {
  it('has its zone, or is milliseconds', () => {
    const wanted = at('2026-11-30T07:00:00Z');
    const same = [
      '2026-11-30T08:00:00+01:00',
      '2026-11-30T07:00Z',
      ' 2026-11-30T07:00:00.000Z ',
      wanted,
      String(wanted),
    ];
    for (const each of same) assert.equal(readInstant(each, 'time'), wanted);
  });

  it('is refused without a zone, and when it is none', () => {
    for (const each of ['2026-11-30T08:00:00', 'tomorrow', '', null, {}, Number.NaN, Infinity, '2026-13-01T00:00:00Z'])
      assert.throws(() => readInstant(each, 'time'), fails('INPUT_INVALID', /^time: expected a time such as/));
  });

  it('counts by the clock, however it is set meanwhile', async () => {
    const clock = new ManualClock();
    let isOver = false;
    const over = sleepUntil(clock, clock.now() + 600_000, new AbortController().signal).then(() => {
      isOver = true;
    });
    await clock.advance(599_000);
    assert.equal(isOver, false);
    await clock.advance(1_000);
    await over;
    assert.equal(isOver, true);
  });
});
