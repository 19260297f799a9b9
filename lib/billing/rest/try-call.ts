import { AdapterError } from '../../errors';
import { inputInvalid } from '../invalid';
import type { BillingCall } from '../port';
import type { TriedCall } from '../tried-call';
import type { Answer, RestCalls } from './calls';
import type { Compiled } from './compile';
import type { ListOperation, Operation, ReadOperation, RequestData } from './operation';

/** Members of a list that are shown. */
const mostShown = 3;
/** Characters of an answer that are shown. */
const longestShown = 20_000;

/** The operation that a template names. @throws INPUT_INVALID when there is none of this name */
export function operationOf({ offers, subscriptions, usage }: Compiled, name: string): Operation {
  const { create, read, list, publish, retire, check } = offers;
  const operations: Record<string, Operation | null | undefined> = {
    ...{ create, read, list, publish, retire, check, usage },
    subscriptionCreate: subscriptions?.create,
    subscriptionRead: subscriptions?.read,
    subscriptionPlan: subscriptions?.plan,
    subscriptionSuspend: subscriptions?.suspend,
    subscriptionResume: subscriptions?.resume,
    subscriptionCancel: subscriptions?.cancel,
    subscriptionList: subscriptions?.list,
  };
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation) return operation;
  throw inputInvalid('call', 'is no call of these templates', 'Choose one that this billing system has.');
}

/** The request that a call makes for a key, with samples for whatever else its templates need; and, of a call that only reads, the
 *  answer and what the templates make of it. Whatever changes something is not sent.
 *  @throws BILLING_TEMPLATE for a template that cannot be rendered; BILLING_… when billing cannot be asked */
export async function tryCall(
  calls: RestCalls,
  operation: Operation,
  key: string,
  { signal }: BillingCall = {},
): Promise<TriedCall> {
  const data = samplesFor(operation, key);
  const { method, path, query, headers = {}, body } = await calls.prepared(operation, data);
  const asked = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]));
  const request = {
    method,
    path: asked.size > 0 ? `${path}?${asked}` : path,
    headers,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body, null, 2),
  };
  if (method !== 'GET') return { ...request, answer: null, made: null, problem: null };
  let seen: Answer | null = null;
  try {
    const isUnread = operation.field === 'templates.check';
    seen = await calls.send(operation, data, {
      ...{ subject: 'a call that is tried', repeatable: true, unread: isUnread, signal },
      accept: () => true,
      ...(isReading(operation) ? { test: operation.absent } : {}),
    });
    const made = seen.status < 400 || seen.holds ? await madeOf(operation, seen, data, isUnread) : null;
    const problem = seen.status >= 400 && !seen.holds ? `Billing answered ${seen.status}.` : null;
    return { ...request, answer: shown(seen), made, problem };
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code === 'ABORTED') throw error;
    return { ...request, answer: seen && shown(seen), made: null, problem: error.message };
  }
}

async function madeOf(operation: Operation, answer: Answer, request: RequestData, isUnread: boolean): Promise<unknown> {
  if (answer.holds) return { state: 'absent' };
  if (isUnread) return null;
  const { status, headers, body } = answer;
  const read = (from: unknown) => operation.answer(from, { status, headers, request });
  if (!isList(operation)) return (await read(body)) ?? null;
  const found = await operation.items(body);
  const members: unknown[] = Array.isArray(found) ? found : [found];
  return Promise.all(members.slice(0, mostShown).map(read));
}

const isReading = (operation: Operation): operation is ReadOperation => 'absent' in operation;
const isList = (operation: Operation): operation is ListOperation => 'items' in operation;

function shown({ status, headers, body }: Answer): TriedCall['answer'] {
  const text = JSON.stringify(body) ?? '';
  return { status, headers, body: text.length > longestShown ? `${text.slice(0, longestShown)} …` : body };
}

/** What the steps before it would bring stands in angle brackets. */
function samplesFor(operation: Operation, key: string): RequestData {
  const now = new Date().toISOString();
  const item = {
    ...{ key: 'a-key-of-usage', subscription: 'id-in-billing', wapSubscriptionId: key, meter: 'cpu', unit: 'hours' },
    ...{ quantity: '1.5', startTime: now, endTime: now, adjustment: false, properties: {} },
  };
  const { pageSize, firstPage } = isList(operation) ? operation : { pageSize: null, firstPage: 1 };
  return {
    ...{ key, name: 'Gold', kind: 'plan', price: '4.90', description: null, rates: [], plan: { Id: key } },
    ...{ at: now, since: now, offerKey: key, offerId: 'id-in-billing', account: 'tenant@hoster.example' },
    ...{ remoteId: 'id-in-billing', state: 'active', version: '1', page: firstPage, pageSize, items: [item], item },
    ...Object.fromEntries(operation.before.map(({ name, each }) => [name, each ? [`<${name}>`] : `<${name}>`])),
  };
}
