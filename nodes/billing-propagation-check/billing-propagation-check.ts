import { hasOfferMaker } from '../../lib/billing/offer-maker';
import { defineNode, to } from '../../runtime/define-node';
import { choice, number, text } from '../../runtime/inputs';
import { nameOf } from '../../runtime/names';

export = defineNode({
  type: 'billing-propagation-check',
  uses: { billing: 'billing-connection' },
  inputs: {
    // How often and how long are settings of the wait: what waits takes up others after a deploy.
    offerKey: text().from('msg.wap.plan.Id'),
    until: choice('present', 'active').preset('active'),
    intervalSeconds: number({ min: 0.1, max: 86_400, whole: false }).preset('${BILLING_CHECK_SECONDS:-60}').nowAside(),
    deadlineMinutes: number({ max: 525_600, whole: false }).preset('${BILLING_DEADLINE_MINUTES:-30}').nowAside(),
  },
  outputs: ['ready', 'late'],
  waits: true,
  notice: (flows, self) => (hasOfferMaker(flows, self) ? null : 'status.noMaker'),
  run: async ({ offerKey: key, until, intervalSeconds, deadlineMinutes }, context) => {
    const { billing, msg, signal, since, say, waitFor } = context;
    const deadlineAt = since + deadlineMinutes * 60_000;
    const over = waitFor(nameOf(key, msg), deadlineAt);
    const wait = billing.propagation.wait({ key, until, intervalMs: intervalSeconds * 1000, deadlineAt, signal });
    const { outcome, offer, checks, waitedMs } = await wait.finally(over);
    const found = { payload: { outcome, checks, waitedMs, offer }, billing: { ...msg.billing, offer } };
    const shown = { name: nameOf(key, msg, offer) };
    return outcome === 'ready'
      ? to('ready', found, say('status.ready', shown))
      : to('late', found, say('status.late', shown), 'alarm');
  },
});
