import assert from 'node:assert/strict';
import { overview } from '../../../lib/desk/overview';
import { PerMinute } from '../../../lib/feeds/loop/per-minute';
import { Journal } from '../../../lib/workflow/journal';
import { Runs } from '../../../lib/workflow/runs';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';

describe('the overview of a store', () => {
  afterEach(cleanScratch);

  it('counts the runs of each workflow, ended ones since a time, and names idle workflows', async () => {
    const clock = new StillClock();
    const store = await scratchStore(clock);
    const sale = new Runs(store, clock, 'put on sale');
    const daily = new Runs(store, clock, 'daily');
    const old = await daily.start('old', {});
    await daily.end(old.run, 'cancelled', null);
    clock.advance(1000);
    await sale.start('Gold', {});
    const failing = await sale.start('Silver', {});
    const journal = new Journal(store, clock, failing.run);
    const { step } = await journal.intend({ node: 'n1', visit: 1, cameFrom: '' }, 'create', {});
    await journal.fail(step, { code: 'WAP_FORBIDDEN', message: 'No.', cause: { retryable: false }, step: 'create' });
    const tin = await sale.start('Tin', {});
    await sale.end(tin.run, 'failed', null);
    const { workflows, readers, letters } = await overview(store, clock.now());
    assert.deepEqual(workflows, [
      { workflow: 'put on sale', open: 1, failed: 1, ended: 1 },
      { workflow: 'daily', open: 0, failed: 0, ended: 0 },
    ]);
    assert.deepEqual([readers, letters], [[], { dead: 0, waiting: 0, parked: 0, quarantine: 0 }]);
  });
});

describe('what came in each minute', () => {
  it('is kept for an hour, the newest last, and a clock set back leaves nothing of the future', () => {
    const clock = new StillClock();
    clock.time = 10 * 3_600_000;
    const list = new PerMinute(clock);
    list.add(3);
    clock.advance(60_000);
    list.add(2);
    list.add(2);
    assert.deepEqual(list.list.slice(-3), [0, 3, 4]);
    clock.advance(59 * 60_000);
    assert.deepEqual([list.list.length, list.list[0], list.list.at(-1)], [60, 4, 0]);
    clock.time -= 3_600_000;
    list.add(5);
    assert.deepEqual([list.list.at(-1), list.list.reduce((sum, each) => sum + each, 0)], [8, 8]);
  });
});
