import assert from 'node:assert/strict';
import { Watch } from '../../../../lib/feeds/loop/watch';

const hour = 3_600_000;
const day = 24 * hour;
const limits = { silenceMs: 2 * hour, lagMs: 3 * hour, retentionMs: 40 * day };
const quiet = { oldestAgeMs: null };

describe('what is an alarm without a failure', () => {
  const kinds = (watch: Watch, status: Parameters<Watch['check']>[0], now: number) =>
    watch.check(status, now).map(({ kind }) => kind);

  it('is silence: once when it begins, and again after something came', () => {
    const watch = new Watch(limits, 0);
    assert.deepEqual(kinds(watch, quiet, 2 * hour - 1), []);
    assert.deepEqual(kinds(watch, quiet, 2 * hour), ['silence']);
    assert.deepEqual(kinds(watch, quiet, 9 * hour), []);
    watch.polled({ fetched: 0 }, 9 * hour);
    assert.deepEqual(kinds(watch, quiet, 9 * hour), []);
    watch.polled({ fetched: 1 }, 10 * hour);
    assert.deepEqual(kinds(watch, quiet, 10 * hour), []);
    assert.deepEqual(kinds(watch, quiet, 12 * hour), ['silence']);
  });

  it('is lag: something waits too long for its acknowledgement', () => {
    const watch = new Watch({ ...limits, silenceMs: null }, 0);
    assert.deepEqual(kinds(watch, { oldestAgeMs: 3 * hour - 1 }, 0), []);
    assert.deepEqual(kinds(watch, { oldestAgeMs: 3 * hour }, 0), ['lag']);
    assert.deepEqual(kinds(watch, { oldestAgeMs: 4 * hour }, 0), []);
    assert.deepEqual(kinds(watch, quiet, 0), []);
    assert.deepEqual(kinds(watch, { oldestAgeMs: 3 * hour }, 0), ['lag']);
  });

  for (const [title, status, now, expected] of [
    [
      'three quarters of what WAP keeps are over',
      { caughtUpAt: 0, lastTime: '2026-01-01T00:00:00' },
      30,
      ['retention'],
    ],
    ['they are not over yet', { caughtUpAt: 0, lastTime: '2026-01-01T00:00:00' }, 29, []],
    ['WAP had no more since then', { caughtUpAt: Date.UTC(2026, 0, 20), lastTime: '2026-01-01T00:00:00' }, 30, []],
    ['nothing was ever read', {}, 3000, []],
  ] as const) {
    it(`is retention that runs out: ${title}`, () => {
      const watch = new Watch({ ...limits, silenceMs: null }, 0);
      assert.deepEqual(kinds(watch, { oldestAgeMs: null, ...status }, Date.UTC(2026, 0, 1) + now * day), expected);
    });
  }

  it('is nothing when it is switched off', () => {
    const off = { silenceMs: null, lagMs: null, retentionMs: null };
    const old = { oldestAgeMs: 99 * day, caughtUpAt: 1 };
    assert.deepEqual([kinds(new Watch(off, 0), old, 99 * day), kinds(new Watch(null, 0), old, 99 * day)], [[], []]);
  });
});
