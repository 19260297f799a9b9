import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, text } from '../../runtime/inputs';
import { nameOf } from '../../runtime/names';
import { endRun } from '../../runtime/run/run-end';

export = defineNode({
  type: 'wap-workflow-end',
  uses: {},
  durable: false,
  inputs: {
    endState: choice('completed', 'failed').preset('completed'),
    result: anything().from('msg.payload').optional(),
    note: text().preset('', 'str').optional(),
  },
  outputs: ['done'],
  run: async ({ endState, result, note }, { msg, signal, status, say, warn, actor }) => {
    const named = (steps: string[]) => [...new Set(steps)].join(', ');
    const end = await endRun(msg, {
      state: endState,
      result: { result: result ?? null, note: note ?? null },
      label: actor,
      signal,
      waits: (_key, steps) => status('waiting', { text: say('status.waits', { steps: named(steps) }) }),
    });
    if (end.is === 'over') return null;
    const { key, left } = end;
    const values = { key, steps: named(left.map(({ step }) => step)) };
    const shown = { name: nameOf(key, msg), steps: values.steps };
    if (end.is === 'failed') {
      warn(say('warning.failed', values));
      status('alarm', { text: say('status.notEnded', shown) });
      return null;
    }
    if (left.length === 0) return to('done', { workflow: undefined }, say(`status.${endState}`, shown));
    warn(say('warning.left', values));
    return to('done', { workflow: undefined, left }, say('status.left', shown), 'alarm');
  },
});
