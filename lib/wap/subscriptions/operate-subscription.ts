import { systemClock } from '../../async/clock';
import { AdapterError } from '../../errors';
import type { CallOptions } from '../client/admin';
import type { Subscription } from '../types';
import { deleteSubscription } from './delete-subscription';
import type { SubscriptionStateName } from './subscription-pages';
import type { WapSubscriptions } from './subscriptions';

/** An operation on one subscription as a dialog or a message gives it, with only what that operation needs. */
export interface SubscriptionRequest {
  subscriptionId?: string | undefined;
  targetPlanId?: string | undefined;
  addOnId?: string | undefined;
  addOnInstanceId?: string | undefined;
  force: boolean;
  allowAddOns: boolean;
  /** ms UTC. */
  deadlineAt: number;
  intervalMs: number;
}

/** What an operation came to, and by which output the message leaves. */
export interface SubscriptionAnswer {
  output: 'done' | 'notFound' | 'late';
  payload: unknown;
  /** As it is now; null when it is gone. */
  subscription: Subscription | null;
}

/** One operation of the table below. */
type Operation = (
  wap: WapSubscriptions,
  request: SubscriptionRequest,
  call: CallOptions,
) => Promise<SubscriptionAnswer>;

/** Every operation on one subscription; all but `addOnAdd` are safe to repeat.
 *  @throws INPUT_MISSING naming the field that the operation needs; WAP_REFUSED by a guard; WAP_… */
export const subscriptionOperations = {
  get: async (wap, request, call) => shown(await wap.find(idOf(request), call)),
  activate: changing((wap, id, _request, call) => wap.activate(id, call)),
  suspend: changing((wap, id, _request, call) => wap.suspend(id, call)),
  migrate: changing((wap, id, request, call) => wap.migrate(id, needed(request, 'targetPlanId'), call)),
  delete: async (wap, request, call) => {
    const { outcome, subscription } = await deleteSubscription(wap, systemClock, idOf(request), {
      ...request,
      ...call,
    });
    return {
      output: outcome === 'late' ? 'late' : 'done',
      payload: { outcome, subscription },
      subscription: outcome === 'late' ? subscription : null,
    };
  },
  addOnAdd: async (wap, request, call) =>
    orNotFound(wap, request, call, async id => {
      const payload = await wap.buyAddOn(id, needed(request, 'addOnId'), call);
      return { output: 'done', payload, subscription: await wap.get(id, call) };
    }),
  addOnDrop: async (wap, request, call) =>
    orNotFound(wap, request, call, async id => {
      const AddOnId = needed(request, 'addOnId');
      const AddOnInstanceId = needed(request, 'addOnInstanceId');
      const dropped = await wap.dropAddOn(id, AddOnId, AddOnInstanceId, call);
      const payload = { outcome: dropped ? 'dropped' : 'absent', AddOnId, AddOnInstanceId };
      const subscription = await wap.find(id, call);
      return subscription ? { output: 'done', payload, subscription } : shown(null);
    }),
} satisfies Record<string, Operation>;

/** The purchase that an interrupted `addOnAdd` made; null when it made none. */
export async function findPurchase(
  wap: WapSubscriptions,
  request: SubscriptionRequest,
  since: number,
  call: CallOptions,
): Promise<SubscriptionAnswer | null> {
  const id = idOf(request);
  const subscription = await wap.find(id, call);
  const payload = subscription && (await wap.findBought(id, needed(request, 'addOnId'), since, call));
  return payload && { output: 'done', payload, subscription };
}

/** A change that ends in a state which can be read. */
type Change = (
  wap: WapSubscriptions,
  id: string,
  request: SubscriptionRequest,
  call: CallOptions,
) => Promise<Subscription>;

/** An operation that makes a change and answers the subscription as it is then. */
function changing(change: Change): Operation {
  return (wap, request, call) =>
    orNotFound(wap, request, call, async id => shown(await change(wap, id, request, call)));
}

/** A 404 may be about the named plan or add-on instead: then it stays an error. */
async function orNotFound(
  wap: WapSubscriptions,
  request: SubscriptionRequest,
  call: CallOptions,
  work: (id: string) => Promise<SubscriptionAnswer>,
): Promise<SubscriptionAnswer> {
  const id = idOf(request);
  try {
    return await work(id);
  } catch (error) {
    const isUnknown = error instanceof AdapterError && error.code === 'WAP_NOT_FOUND';
    if (isUnknown && (await wap.find(id, call)) === null) return shown(null);
    throw error;
  }
}

/** The answer with a subscription, or by the output for one that WAP does not know. */
function shown(subscription: Subscription | null): SubscriptionAnswer {
  return { output: subscription ? 'done' : 'notFound', payload: subscription, subscription };
}

const idOf = (request: SubscriptionRequest): string => needed(request, 'subscriptionId');

/** @throws INPUT_MISSING naming the field */
function needed(
  request: SubscriptionRequest,
  field: 'subscriptionId' | 'targetPlanId' | 'addOnId' | 'addOnInstanceId',
) {
  const value = request[field];
  if (value) return value;
  throw new AdapterError('INPUT_MISSING', `${field}: it is needed for this operation.`, { subject: field });
}

/** How a list is cut into messages. */
export interface Part {
  index: number;
  /** Known at the last one. */
  count?: number;
}

/** The pages of a list, each in a message of its own that says whether another follows. */
export async function* partsOf<T>(
  pages: AsyncIterable<T[]>,
): AsyncGenerator<{ items: T[]; part: Part }, void, undefined> {
  let index = 0;
  let last: T[] = [];
  for await (const items of pages) {
    if (index > 0) yield { items: last, part: { index: index - 1 } };
    last = items;
    index += 1;
  }
  const count = Math.max(1, index);
  yield { items: last, part: { index: count - 1, count } };
}

/** What a list of subscriptions can be narrowed to. */
export const stateWords = ['any', 'active', 'suspended', 'deletePending'] as const satisfies ReadonlyArray<
  SubscriptionStateName | 'any'
>;
