import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Store } from '../../../lib/state/port';
import { activeRuns } from '../../../runtime/run/active-run';
import { Workflow } from '../../../runtime/run/workflow';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';

describe('the runs of a start node', () => {
  const clock = new StillClock();
  let closing: AbortController;
  let underWay: Promise<void>[];
  beforeEach(() => {
    closing = new AbortController();
    underWay = [];
  });
  afterEach(async () => {
    closing.abort();
    await Promise.all(underWay);
    await cleanScratch();
  });

  const workflowOn = (store: Store) =>
    Workflow.open({
      ...{
        store,
        clock,
        name: 'sale',
        policy: { attempts: 1, firstDelayMs: 0, maxDelayMs: 0, rules: [] },
        retentionMs: 1,
      },
      ...{ signal: closing.signal, nodeId: 'start', owner: 'start', nodeExists: () => true, nodeName: () => 'start' },
      ...{ send: () => undefined, warn: () => undefined, log: () => undefined, fail: () => undefined },
      stops: async () => [],
      track: work => void underWay.push(work),
    });

  it('are all written before it has closed, so that the next one finds them', async () => {
    const inner = await scratchStore(clock);
    let write = () => {};
    const written = new Promise<void>(resolve => {
      write = resolve;
    });
    let isSlow = false;
    const workflow = await workflowOn({
      name: inner.name,
      close: () => inner.close(),
      transaction: async (work, options) => {
        if (isSlow) await written;
        return inner.transaction(work, options);
      },
    });
    isSlow = true;
    const begun = workflow.begin('Iron', {}, {});
    closing.abort();
    const isClosed = Promise.all(underWay).then(() => 'closed');
    const next = new Promise(resolve => setTimeout(resolve, 20, 'under way'));
    assert.equal(await Promise.race([isClosed, next]), 'under way');
    write();
    await isClosed;
    const { id } = await begun;
    assert.equal((await workflow.runs.find('Iron'))?.id, id);
  });

  it('may fail at once, many of them, without a warning of Node.js', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const workflow = await workflowOn(await scratchStore(clock));
    for (let number = 1; number <= 12; number += 1) {
      const run = await workflow.begin(`Iron ${number}`, {}, {});
      activeRuns.get(run.id)?.policy.onFailure(run);
    }
    await turn();
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });
});
