import {
  findPurchase,
  type SubscriptionAnswer,
  stateWords,
  subscriptionOperations,
} from '../../lib/wap/subscriptions/operate-subscription';
import { defineNode, notFound, to } from '../../runtime/define-node';
import { choice, flag, number, text } from '../../runtime/inputs';
import { type AdapterMessage, withSubscription } from '../../runtime/message';
import type { Outcome } from '../../runtime/running/definition';
import { listSubscriptions, type SubscriptionOutputs } from '../../runtime/subscription-list';

type Say = (key: string, values?: Record<string, string | number>) => string;

export = defineNode({
  type: 'wap-subscription',
  uses: { connection: 'wap-connection' },
  inputs: {
    operation: choice('get', 'list', 'activate', 'suspend', 'migrate', 'delete', 'addOnAdd', 'addOnDrop').preset('get'),
    subscriptionId: text().from('msg.wap.subscription.SubscriptionID').optional(),
    targetPlanId: text().preset('', 'str').optional(),
    addOnId: text().from('msg.payload.AddOnId').optional(),
    addOnInstanceId: text().from('msg.payload.AddOnInstanceId').optional(),
    force: flag().preset(false),
    allowAddOns: flag().preset(false),
    intervalSeconds: number({ min: 0.1, max: 3600, whole: false }).preset('${WAP_CHECK_SECONDS:-5}').nowAside(),
    deadlineMinutes: number({ max: 10_080, whole: false }).preset('${WAP_DEADLINE_MINUTES:-10}').nowAside(),
    wherePlan: text().preset('', 'str').optional(),
    whereAddOn: text().preset('', 'str').optional(),
    whereUser: text().preset('', 'str').optional(),
    whereText: text().preset('', 'str').optional(),
    whereState: choice(...stateWords).preset('any'),
    send: choice('array', 'pages').preset('array'),
    pageSize: number({ min: 2, max: 5000 }).preset(500),
  },
  outputs: ['done', 'notFound', 'late'],
  waits: true,
  run: async (fields, { connection, since, signal, say, msg, emit }) => {
    const { operation } = fields;
    if (operation === 'list') return listSubscriptions(connection.subscriptions, fields, { signal, say, msg, emit });
    const request = requestOf(fields, since);
    return outcomeOf(await subscriptionOperations[operation](connection.subscriptions, request, { signal }), msg, say);
  },
  // The other operations bear a repeat.
  reconcile: async (fields, { connection, since, signal, say, msg }) => {
    if (fields.operation !== 'addOnAdd') return null;
    const found = await findPurchase(connection.subscriptions, requestOf(fields, since), since, { signal });
    return found && outcomeOf(found, msg, say);
  },
});

function requestOf<F extends { deadlineMinutes: number; intervalSeconds: number }>(fields: F, since: number) {
  const { deadlineMinutes, intervalSeconds } = fields;
  return { ...fields, deadlineAt: since + deadlineMinutes * 60_000, intervalMs: intervalSeconds * 1000 };
}

function outcomeOf(
  { output, payload, subscription }: SubscriptionAnswer,
  msg: AdapterMessage,
  say: Say,
): Outcome<SubscriptionOutputs> {
  // What was read before must not pass for the one that is gone.
  const set = { payload, wap: withSubscription(msg.wap, subscription ?? undefined) };
  if (output === 'notFound') return notFound(set, say('output.notFound'), 'alarm');
  return to(output, set, say(`output.${output}`), output === 'done' ? 'done' : 'alarm');
}
