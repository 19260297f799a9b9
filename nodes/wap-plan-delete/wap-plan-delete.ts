import { deletePlan } from '../../lib/wap/plans/delete';
import { defineNode, to } from '../../runtime/define-node';
import { choice, flag, given, text } from '../../runtime/inputs';
import { withoutPlan } from '../../runtime/message';
import { nameOf } from '../../runtime/names';

export = defineNode({
  type: 'wap-plan-delete',
  uses: { connection: 'wap-connection' },
  inputs: {
    which: choice('original', 'plan', 'id').preset('original'),
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    planId: text().optional(),
    allowPublic: flag().preset(false),
    allowSubscriptions: flag().preset(false),
  },
  outputs: ['done'],
  run: async ({ which, kind, planId, ...allowed }, { connection, msg, signal, say }) => {
    const { wap } = msg;
    const targets = {
      original: () => given(wap?.original, 'msg.wap.original', 'to delete it; wire wap-plan-clone before this node').Id,
      plan: () => given(wap?.plan, 'msg.wap.plan', 'to delete it; wire a node before this one that sets it').Id,
      id: () => given(planId, 'planId', 'to delete by id'),
    };
    const id = targets[which]();
    const guards = which === 'original' ? { ...allowed, unlessCloneEquals: targets.plan() } : allowed;
    const { plan } = await deletePlan(connection.admin, kind, id, guards, { signal });
    const status = say('status.deleted', { name: plan?.DisplayName ?? nameOf(id, msg) });
    return to('done', { payload: plan, wap: withoutPlan(wap, id) }, status);
  },
});
