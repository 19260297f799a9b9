import assert from 'node:assert/strict';
import { gaveUp, pause } from '../../../lib/async/pause';
import { ManualClock } from '../billing/manual-clock';
import { fails } from '../state/scratch';

describe('a wait for WAP', () => {
  it('ends at its time, or is given up', async () => {
    const clock = new ManualClock();
    const wait = pause(clock, 1000, undefined);
    clock.advance(1000);
    await wait;
    const closing = new AbortController();
    const other = pause(clock, 1000, closing.signal);
    closing.abort();
    await assert.rejects(other, fails('ABORTED', /^The wait for WAP was given up/));
  });

  it('is too long where its signal is a time limit', () => {
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    const error = gaveUp(late, 'The plan');
    assert.deepEqual(
      [error.code, error.message, error.cause.retryable],
      ['WAP_TIMEOUT', 'The plan took longer than there was time.', true],
    );
  });

  it('that fails for another reason fails with it', async () => {
    const broken = new Error('no timers');
    const clock = { now: () => 0, sleep: () => Promise.reject(broken) };
    await assert.rejects(pause(clock, 1000, new AbortController().signal), broken);
  });
});
