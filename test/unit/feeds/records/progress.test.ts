import assert from 'node:assert/strict';
import { Progress } from '../../../../lib/feeds/records/progress';

const begin = Date.UTC(2026, 0, 11);

describe('the progress of a backfill', () => {
  it('is the count, the rate, and the time left until the records are as young as now', () => {
    const progress = new Progress();
    progress.note(1000, '2026-01-01T00:00:00', begin);
    progress.note(3000, '2026-01-02T00:00:00', begin + 10_000);
    // One of ten days took 10 s: nine more take 90 s.
    assert.deepEqual(progress.report(begin + 10_000), { count: 4000, perSecond: 400, leftMs: 90_001 });
  });

  it('does not guess the time left while the times of the records stand still', () => {
    const progress = new Progress();
    progress.note(1000, '2026-01-01T00:00:00', begin);
    assert.deepEqual(progress.report(begin), { count: 1000, perSecond: 1000, leftMs: null });
    progress.note(1000, 'yesterday', begin + 1000);
    assert.equal(progress.report(begin + 1000)?.leftMs, null);
  });

  it('is none before the first page and after the end, and begins anew then', () => {
    const progress = new Progress();
    assert.equal(progress.report(begin), null);
    progress.note(1000, '2026-01-01T00:00:00', begin);
    progress.end();
    assert.equal(progress.report(begin), null);
    progress.note(5, '2026-01-03T00:00:00', begin);
    assert.equal(progress.report(begin)?.count, 5);
  });
});
