import { randomUUID } from 'node:crypto';
import { AdapterError } from '../lib/errors';
import { partsOf } from '../lib/wap/subscriptions/operate-subscription';
import type { SubscriptionStateName } from '../lib/wap/subscriptions/subscription-pages';
import type { WapSubscriptions } from '../lib/wap/subscriptions/subscriptions';
import type { Subscription } from '../lib/wap/types';
import { to } from './define-node';
import type { Uses } from './node/handles';
import type { Outcome, RunContext } from './running/definition';

export type SubscriptionOutputs = readonly ['done', 'notFound', 'late'];

interface ListFields {
  wherePlan: string | undefined;
  whereAddOn: string | undefined;
  whereUser: string | undefined;
  whereText: string | undefined;
  whereState: SubscriptionStateName | 'any';
  send: 'array' | 'pages';
  pageSize: number;
}

/** One array, or a message a page with `parts`, by which core's join puts them together again.
 *  @throws INPUT_INVALID for pages in a durable workflow, whose steps have one result */
export async function listSubscriptions(
  wap: WapSubscriptions,
  { send, pageSize, ...where }: ListFields,
  { signal, say, msg, emit }: Pick<RunContext<Uses, unknown>, 'signal' | 'say' | 'msg' | 'emit'>,
): Promise<Outcome<SubscriptionOutputs>> {
  const { wherePlan: planId, whereAddOn: addOnId, whereUser: userId, whereText: text, whereState: state } = where;
  const pages = wap.pages({ planId, addOnId, userId, text, state }, { pageSize, signal });
  if (send === 'array') {
    const payload: Subscription[] = [];
    for await (const page of pages) payload.push(...page);
    return to('done', { payload }, say('status.listed', { count: payload.length }));
  }
  if (msg.workflow) throw noPages();
  const id = randomUUID();
  let total = 0;
  for await (const { items: payload, part } of partsOf(pages)) {
    total += payload.length;
    const set = { payload, parts: { id, type: 'array', len: pageSize, ...part } };
    if (part.count !== undefined) return to('done', set, say('status.listed', { count: total }));
    await emit('done', set);
    signal.throwIfAborted();
  }
  throw new AdapterError('INTERNAL', 'The list ended without a last page.');
}

function noPages(): AdapterError {
  return AdapterError.advising(
    'INPUT_INVALID',
    'send: inside a durable workflow a list is one array. Choose one array, or list before the workflow starts.',
    { subject: 'send' },
  );
}
