import { setPlanState } from '../../lib/wap/plans/publish';
import { defineNode, to } from '../../runtime/define-node';
import { choice, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-plan-publish',
  uses: { connection: 'wap-connection' },
  inputs: {
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    planId: text().from('msg.wap.plan.Id'),
    planState: choice('public', 'private', 'decommissioned').preset('public'),
  },
  outputs: ['done'],
  run: async ({ kind, planId, planState }, { connection, msg, signal, say }) => {
    const plan = await setPlanState(connection.admin, kind, planId, planState, { signal });
    return to(
      'done',
      { payload: plan, wap: { ...msg.wap, kind, plan } },
      say(`status.${planState}`, { name: plan.DisplayName }),
    );
  },
});
