import assert from 'node:assert/strict';
import type { Store } from '../../../lib/state/port';
import type { RunOutcome } from '../../../lib/workflow/sub-runs';
import { SubRuns } from '../../../lib/workflow/sub-runs';
import { runEach } from '../../../runtime/run/sub-runs';
import { cleanScratch, fails, StillClock } from '../state/scratch';
import { at, type Fate, type Pass, WorkflowBench } from '../workflow/bench';

describe('runs for a list', () => {
  let clock: StillClock;
  let bench: WorkflowBench;
  let parent: Pass;
  beforeEach(async () => {
    clock = new StillClock();
    bench = await WorkflowBench.open(clock);
    parent = await bench.start('list');
  });
  afterEach(cleanScratch);

  /** A step of the list that waits for this run; `after` is called behind each transaction, with its number from 1. */
  async function waitFor(child: Pass, after: (transaction: number) => Promise<unknown>): Promise<RunOutcome[]> {
    const { step } = await parent.journal.intend(at('each'), 'each', {});
    await bench.store.transaction(tx => new SubRuns(bench.store, step).note(tx, 0, child.run));
    let transactions = 0;
    const store: Store = {
      name: bench.store.name,
      close: () => bench.store.close(),
      transaction: async (work, options) => {
        const result = await bench.store.transaction(work, options);
        transactions += 1;
        await after(transactions);
        return result;
      },
    };
    return runEach({
      ...{ store, clock, signal: parent.gone.signal, name: 'sale', items: [{ key: 'Iron', payload: {} }] },
      ...{ parent: { key: 'list', workflow: 'sale' }, subRuns: new SubRuns(store, step) },
      ...{ atOnce: 1, oncePerKey: false, withFailed: true, tell: () => undefined },
    });
  }

  it('says of one that failed that it failed, also when it is resumed at that moment', async () => {
    const child = await bench.start('Iron');
    const fate = (): Fate => 'refused';
    await assert.rejects(bench.step(child, at('create'), { fate }));
    const outcomes = await waitFor(child, async transaction => {
      if (transaction === 2) await bench.runs.pass(child.run.id, 'resume');
    });
    assert.deepEqual(
      outcomes.map(({ state, error }) => [state, error?.code]),
      [['failed', 'WAP_INPUT']],
    );
  });

  it('refuses one that waits for the list itself, also by way of another', async () => {
    const [child, grandchild] = [await bench.start('Iron'), await bench.start('Nail')];
    const note = async (of: Pass, run: Pass) => {
      const { step } = await of.journal.intend(at('each'), 'each', {});
      await bench.store.transaction(tx => new SubRuns(bench.store, step).note(tx, 0, run.run));
    };
    await note(parent, child);
    await note(child, grandchild);
    for (const above of [parent, child, grandchild])
      await assert.rejects(
        note(grandchild, above),
        fails('INPUT_INVALID', /^workflowName: .*both would wait for ever/),
      );
  });
});
