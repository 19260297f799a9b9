import { defineNode, to } from '../../runtime/define-node';
import { choice, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'billing-propagation-check',
  uses: { billing: 'billing-connection' },
  inputs: {
    offerKey: text().from('msg.wap.plan.Id'),
    until: choice('present', 'active').preset('active'),
    intervalSeconds: number({ min: 0.1, max: 86_400, whole: false }).preset('${BILLING_CHECK_SECONDS:-60}'),
    deadlineMinutes: number({ max: 525_600, whole: false }).preset('${BILLING_DEADLINE_MINUTES:-30}'),
  },
  outputs: ['ready', 'late'],
  waits: true,
  run: async ({ offerKey: key, until, intervalSeconds, deadlineMinutes }, { billing, msg, signal, since, say }) => {
    const { outcome, offer, checks, waitedMs } = await billing.propagation.wait({
      key,
      until,
      intervalMs: intervalSeconds * 1000,
      deadlineAt: since + deadlineMinutes * 60_000,
      signal,
    });
    const found = { payload: { outcome, checks, waitedMs, offer }, billing: { ...msg.billing, offer } };
    return outcome === 'ready'
      ? to('ready', found, say('status.ready', { key }))
      : to('late', found, say('status.late', { key }), 'alarm');
  },
});
