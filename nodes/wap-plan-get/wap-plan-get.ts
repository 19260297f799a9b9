import { findPlan, listPlans } from '../../lib/wap/client/look-up';
import { defineNode, notFound, to } from '../../runtime/define-node';
import { choice, given, text } from '../../runtime/inputs';
import { shortened } from '../../runtime/node/fit';

export = defineNode({
  type: 'wap-plan-get',
  uses: { connection: 'wap-connection' },
  inputs: {
    mode: choice('one', 'list').preset('one'),
    kind: choice('plan', 'addon').from('msg.wap.kind'),
    planId: text().optional().from('msg.wap.plan.Id'),
    planState: choice('any', 'public', 'private', 'decommissioned').preset('any'),
    configured: choice('any', 'yes', 'no').preset('any'),
    nameContains: text().optional(),
  },
  outputs: ['found', 'notFound'],
  reconcile: 'no effect',
  run: async ({ mode, kind, planId, planState, configured, nameContains }, { connection, msg, signal, say }) => {
    if (mode === 'list') {
      const filter = { state: planState, configured, nameContains };
      const plans = await listPlans(connection.admin, kind, filter, { signal });
      return to('found', { payload: plans }, say('status.listed', { count: plans.length }));
    }
    const idOrName = given(planId, 'planId', 'to get one plan or add-on');
    const plan = await findPlan(connection.admin, kind, idOrName, { signal });
    if (!plan) return notFound({ payload: null }, say('status.notFound', { name: idOrName }), 'alarm');
    return to('found', { payload: plan, wap: { ...msg.wap, kind, plan } }, shortened(plan.DisplayName));
  },
});
