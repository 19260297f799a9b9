import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, text } from '../../runtime/inputs';
import { endRun } from '../../runtime/workflow';

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
  run: async ({ endState, result, note }, { msg, say }) => {
    const ended = await endRun(msg.workflow, endState, { result: result ?? null, note: note ?? null });
    return ended ? to('done', { workflow: undefined }, `${msg.workflow?.key}: ${say(`status.${endState}`)}`) : null;
  },
});
