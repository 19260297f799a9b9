import { systemClock } from '../../lib/async/clock';
import { readItems } from '../../lib/workflow/items';
import { SubRuns } from '../../lib/workflow/sub-runs';
import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, flag, number, text } from '../../runtime/inputs';
import { activeRuns } from '../../runtime/run/active-run';
import { outsideRun, stepIn } from '../../runtime/run/run-step';
import { type Progress, runEach } from '../../runtime/run/sub-runs';

export = defineNode({
  type: 'wap-workflow-each',
  uses: {},
  // How many at once and what becomes of those that fail are settings of the wait.
  inputs: {
    workflowName: text(),
    items: anything().from('msg.payload'),
    itemKey: text().preset('{{payload.name}}'),
    atOnce: number({ min: 1, max: 1000 }).preset(5).aside(),
    failedRuns: choice('wait', 'along').preset('wait').aside(),
    oncePerKey: flag().preset(false).aside(),
  },
  outputs: ['completed', 'incomplete'],
  waits: true,
  run: async ({ workflowName: name, items, itemKey, atOnce, failedRuns, oncePerKey }, context) => {
    const { signal, say, waitFor } = context;
    const { step, key } = stepIn(context);
    const active = activeRuns.get(step.runId);
    if (!active) throw outsideRun();
    const { store, run } = active;
    let over = () => {};
    let shown = '';
    const tell = ({ ended, failed, all }: Progress) => {
      const progress =
        failed > 0 ? say('progress.failed', { ended, failed, all }) : say('progress.all', { ended, all });
      if (progress === shown) return;
      shown = progress;
      over();
      over = waitFor(`${key}: ${progress}`, null, 'runs');
    };
    try {
      const outcomes = await runEach({
        ...{ store, clock: systemClock, signal, name, atOnce, oncePerKey, tell },
        items: await readItems(items, 'items', itemKey),
        parent: { key, workflow: run.name },
        subRuns: new SubRuns(store, step),
        withFailed: failedRuns === 'along',
      });
      const completed = outcomes.filter(({ state }) => state === 'completed').length;
      const counts = { completed, all: outcomes.length };
      return completed === outcomes.length
        ? to('completed', { outcomes }, say('status.completed', counts))
        : to('incomplete', { outcomes }, say('status.incomplete', counts), 'alarm');
    } finally {
      over();
    }
  },
});
