import { systemClock } from '../../lib/async/clock';
import { Mapping } from '../../lib/mapping/mapping';
import { followEvent } from '../../lib/tenants/follow';
import { tenantVerbs, timeOf } from '../../lib/tenants/verbs';
import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, given, text } from '../../runtime/inputs';
import { Within } from '../../runtime/run/durable';

export = defineNode({
  type: 'billing-subscription',
  uses: { connection: 'wap-connection', billing: 'billing-connection', state: 'billing-state' },
  inputs: {
    operation: choice('event', 'create', 'changePlan', 'suspend', 'resume', 'cancel').preset('event'),
    event: anything().from('msg.payload').optional(),
    subscriptionId: text().from('msg.wap.subscription.SubscriptionID').optional(),
    planId: text().from('msg.wap.subscription.PlanId').optional(),
    changedAt: text().preset('', 'str').optional(),
  },
  outputs: ['done', 'ignored', 'waiting'],
  run: async ({ operation, event, subscriptionId, planId, changedAt }, context) => {
    const { connection: wap, billing, state, signal, since, actor, msg, say } = context;
    const scope = { installation: wap.installation, target: billing.target };
    const mapping = new Mapping(state.store, systemClock, scope);
    const tools = { wap, billing, mapping, clock: systemClock, signal };
    const key = () => given(subscriptionId, 'subscriptionId', 'to say which subscription');
    const outcome =
      operation === 'event'
        ? await followEvent(tools, given(event, 'event', 'to follow it'))
        : await tenantVerbs[operation](tools, { key: key(), planId, at: timeOf(changedAt, since) });
    return new Within(state.store, async tx => {
      // Billing is the one that knows its id: of one that it had lost, or whose plan it changed, it may be another now.
      for (const entry of outcome.entries) await mapping.put(tx, entry, { by: actor, replace: 'own' });
      const { output, reason, billed } = outcome;
      const payload = { outcome: output, reason, subscription: billed };
      const set = { payload, billing: { ...msg.billing, ...(billed ? { subscription: billed } : {}) } };
      const shown = reason ? say(`reason.${reason}`) : say(`state.${billed?.state ?? 'same'}`);
      const isOpen = output === 'waiting' || reason === 'notSupported';
      return isOpen ? to(output, set, shown, 'alarm') : to(output, set, shown);
    });
  },
});
