import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import { isRefused, Refusals } from '../../../lib/feeds/refusals';
import { StillClock } from '../state/scratch';

const minute = 60_000;

describe('refused credentials', () => {
  it('rest for a minute, and twice as long each time, up to a quarter of an hour, until they were taken', () => {
    const clock = new StillClock();
    const refusals = new Refusals(clock);
    const rests = [1, 2, 3, 4, 5, 6].map(() => {
      refusals.note();
      return refusals.left() / minute;
    });
    assert.deepEqual(rests, [1, 2, 4, 8, 15, 15]);
    refusals.end();
    assert.equal(refusals.left(), 0);
    refusals.note();
    clock.advance(59_999);
    assert.equal(refusals.left(), 1);
  });

  it('rest no longer when the clock is set back', () => {
    const clock = new StillClock();
    const refusals = new Refusals(clock);
    refusals.note();
    clock.time -= 86_400_000;
    assert.equal(refusals.left(), 0);
  });

  it('are not what passes by itself, such as a token that holds a little later', () => {
    assert.ok(isRefused(new AdapterError('WAP_AUTH', 'wrong password')));
    assert.ok(!isRefused(new AdapterError('WAP_AUTH', 'not yet', { retryable: true })));
    assert.ok(!isRefused(new AdapterError('WAP_FORBIDDEN', 'may not')));
  });
});
