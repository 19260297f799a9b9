import { cloneWithin } from '../../lib/wap/plans/clone';
import { defineNode, to } from '../../runtime/define-node';
import { choice, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-plan-clone',
  uses: { connection: 'wap-connection' },
  inputs: {
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    planId: text().from('msg.wap.plan.Id'),
    cloneName: text().optional(),
    // How often a loop may come here: what was cloned is the same with another limit.
    rounds: number({ min: 1, max: 1000 }).optional().nowAside(),
  },
  outputs: ['cloned', 'limit'],
  run: async ({ kind, planId, cloneName, rounds }, { connection, msg, signal, say }) => {
    const wishes = cloneName === undefined ? {} : { name: cloneName };
    const made = await cloneWithin(rounds, connection.admin, kind, planId, wishes, { signal });
    if (!made) return to('limit', {}, say('status.limit'), 'alarm');
    const { clone, original } = made;
    const wap = { ...msg.wap, kind, plan: clone, original };
    return to('cloned', { payload: clone, wap }, say('status.cloned', { name: clone.DisplayName }));
  },
});
