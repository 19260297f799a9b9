import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Turns } from '../../../lib/usage/turns';
import { StillClock } from '../state/scratch';

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
    assert.deepEqual([turns.take(), turns.take(), turns.next], [true, false, 400]);
  });

  it('never come by themselves without a time between them', () => {
    const turns = new Turns(new StillClock(), null);
    assert.deepEqual([turns.take(), turns.next], [false, Number.POSITIVE_INFINITY]);
  });

  it('stay on the grid of the first, whatever the delays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.array(fc.nat(20_000)), (every, delays) => {
        const clock = new StillClock(77);
        const turns = new Turns(clock, every);
        for (const delay of delays) {
          clock.time += delay;
          turns.take();
          assert.equal((turns.next - 77) % every, 0);
          assert.ok(turns.next > clock.time && turns.next <= clock.time + every);
        }
      }),
    );
  });
});
