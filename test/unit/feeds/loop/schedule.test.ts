import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Turns } from '../../../../lib/feeds/loop/schedule';
import { holds } from '../../../harness/property';
import { StillClock } from '../../state/scratch';

describe('turns', () => {
  it('come once each, counted from the first', () => {
    const clock = new StillClock(5000);
    const turns = new Turns(clock, 100);
    const taken = (at: number) => {
      clock.time = at;
      return turns.take();
    };
    assert.deepEqual([5000, 5000, 5099, 5100, 5130, 5200].map(taken), [true, false, false, true, false, true]);
  });

  it('are left out when they passed', () => {
    const clock = new StillClock(0);
    const turns = new Turns(clock, 100);
    turns.take();
    clock.time = 350;
    assert.deepEqual([turns.take(), turns.take(), turns.until(350)], [true, false, 50]);
  });

  it('are counted anew when the clock is set back, and bear its small corrections', () => {
    const day = 86_400_000;
    const clock = new StillClock(2 * day);
    const turns = new Turns(clock, 100);
    const taken = (at: number) => {
      clock.time = at;
      return turns.take();
    };
    assert.deepEqual([2 * day, 2 * day - 5, day, day + 99, day + 100].map(taken), [true, false, true, false, true]);
  });

  it('are never waited for longer than the time between them, should the clock go back meanwhile', () => {
    const clock = new StillClock(86_400_000);
    const turns = new Turns(clock, 100);
    turns.take();
    assert.deepEqual([turns.until(clock.time), turns.until(clock.time + 150), turns.until(0)], [100, 0, 100]);
  });

  it('come each day at the time of the day that the clock says now', () => {
    const clock = new StillClock(Date.parse('2026-03-10T12:00:00Z'));
    const turns = new Turns(clock, { at: '02:30', timeZone: 'UTC' });
    turns.take();
    clock.time = Date.parse('2026-03-08T12:00:00Z');
    turns.take();
    assert.equal(new Date(clock.time + turns.until(clock.time)).toISOString(), '2026-03-09T02:30:00.000Z');
  });

  for (const [what, from, wanted] of [
    ['leaves the time out', '2026-03-27T12:00:00Z', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    ['has the time twice', '2026-10-23T12:00:00Z', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
  ] as const) {
    it(`come once a day in a time zone, also on the night that ${what}`, () => {
      const clock = new StillClock(Date.parse(from));
      const turns = new Turns(clock, { at: '02:30', timeZone: 'Europe/Madrid' });
      const taken: string[] = [];
      for (const end = clock.time + 3 * 86_400_000; clock.time < end; clock.time += 60_000) {
        if (turns.take()) taken.push(new Date(clock.time).toISOString().slice(0, 16));
      }
      assert.deepEqual(taken, wanted);
    });
  }

  it('never come by themselves without a time between them', () => {
    const turns = new Turns(new StillClock(), null);
    assert.deepEqual([turns.take(), turns.until(0)], [false, Number.POSITIVE_INFINITY]);
  });

  it('stay on the grid of the first, whatever the delays', () => {
    holds(
      'turns: stay on the grid of the first, whatever the delays',
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.array(fc.nat(20_000)), (every, delays) => {
        const clock = new StillClock(77);
        const turns = new Turns(clock, every);
        for (const delay of delays) {
          clock.time += delay;
          turns.take();
          const wait = turns.until(clock.time);
          assert.equal((clock.time + wait - 77) % every, 0);
          assert.ok(wait > 0 && wait <= every);
        }
      }),
    );
  });
});
