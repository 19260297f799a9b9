import { createPlan, findCreated } from '../../lib/wap/plans/new-plan';
import { defineNode, to } from '../../runtime/define-node';
import { choice, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-plan-create',
  uses: { connection: 'wap-connection' },
  inputs: {
    kind: choice('plan', 'addon').preset('plan'),
    displayName: text(),
    description: text().optional(),
    language: text().preset('en-us'),
    price: text().optional(),
    invitationCode: text().optional(),
    ifExists: choice('stop', 'use').preset('stop'),
  },
  outputs: ['done'],
  run: async ({ kind, ifExists, ...wanted }, { connection, signal, say }) => {
    const { plan, isNew } = await createPlan(connection.admin, kind, wanted, ifExists, { signal });
    const status = say(isNew ? 'status.created' : 'status.used', { name: plan.DisplayName });
    return to('done', { payload: plan, wap: { kind, plan } }, status);
  },
  reconcile: async ({ kind, ...wanted }, { connection, signal, say }) => {
    const plan = await findCreated(connection.admin, kind, wanted, { signal });
    return (
      plan && to('done', { payload: plan, wap: { kind, plan } }, say('status.created', { name: plan.DisplayName }))
    );
  },
});
