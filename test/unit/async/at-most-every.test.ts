import assert from 'node:assert/strict';
import { atMostEvery } from '../../../lib/async/at-most-every';
import { StillClock } from '../state/scratch';

describe('what is said at most so often', () => {
  it('is said at once, then with the number of times since', () => {
    const clock = new StillClock();
    const told: number[] = [];
    const say = atMostEvery(clock, 1000, times => told.push(times));
    say();
    say();
    clock.advance(999);
    say();
    assert.deepEqual(told, [1]);
    clock.advance(1);
    say();
    assert.deepEqual(told, [1, 3]);
  });
});
