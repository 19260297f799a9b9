import { shapeOf } from '../errors';
import { decodeBody, parseJson } from '../http/decode';
import { methodOf } from '../wap/client/method';
import type { Kind, Open, PlanAddOnReference, Subscription, UsageEvent } from '../wap/types';
import { malformed } from './errors';

/** The two paths behind the registered endpoint, in lower case, and what is bought there (dn528456). */
export const approvalPaths = { subscriptions: 'plan', subscriptionaddons: 'addon' } as const;
/** The documents differ on the verb, and it says nothing: `Method` in the body does. */
export const approvalVerbs = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What the tenant wants to do; other changes of a subscription count as `update`. */
export type ApprovalAction = 'create' | 'delete' | 'update';

/** A subscription as WAP asks about it, with some of its fields only. */
export type AskedSubscription = Partial<Subscription> & { SubscriptionID: string };

/** WAP asks whether a tenant may do this. */
export interface ApprovalRequest {
  /** A `plan` is bought by a subscription, an `addon` for one. */
  kind: Kind;
  action: ApprovalAction;
  eventId: number;
  /** As it came. */
  event: UsageEvent;
  subscription: AskedSubscription;
  /** For an add-on. */
  addOnReference?: PlanAddOnReference;
  /** The same for every repeat of one request. */
  about: string;
}

/** A method that nobody documented may be a purchase, so it is asked about like one. */
const actions = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' } as const;
/** Deeper ones would bring down whoever copies them. */
const deepest = 50;

/** Reads the body of a request to one of the paths (dn448711, dn448726).
 *  @throws CALL_MALFORMED naming the field */
export function readApproval(kind: Kind, body: Buffer): ApprovalRequest {
  const event = asObject(parse(body), 'body');
  const entity = asObject(event.Entity, 'Entity');
  const action = actionOf(event.Method);
  const eventId = readId(event.EventId);
  const common = { kind, action, eventId, event: { ...event } as UsageEvent };
  if (kind === 'plan') {
    const subscription = { ...filled(entity), SubscriptionID: asText(entity.SubscriptionID, 'Entity.SubscriptionID') };
    return { ...common, subscription, about: `${action} ${subscription.SubscriptionID}` };
  }
  const subscription = { SubscriptionID: asText(event.EntityParentId, 'EntityParentId') };
  const addOnReference = { ...entity, AddOnId: asText(entity.AddOnId, 'Entity.AddOnId') } as PlanAddOnReference;
  return {
    ...common,
    subscription,
    addOnReference,
    about: `${action} ${subscription.SubscriptionID} ${addOnReference.AddOnId}`,
  };
}

/** @throws CALL_MALFORMED for what is neither text nor number */
function actionOf(method: unknown): ApprovalAction {
  if (typeof method === 'string' || typeof method === 'number') return actions[methodOf(method)];
  throw malformed(`Method: expected POST, PUT, PATCH or DELETE, but got ${shapeOf(method)}.`, 'Method');
}

/** A request to create shows `State` 0 and the year 1 for what WAP has not filled in yet: both mean nothing. */
function filled(entity: Open): Open {
  const { State, Created, ...rest } = entity;
  return {
    ...rest,
    ...(State === undefined || State === 0 ? {} : { State }),
    ...(typeof Created !== 'string' || Created.startsWith('0001-') ? {} : { Created }),
  };
}

/** The body as JSON of a bearable depth. @throws CALL_MALFORMED */
function parse(body: Buffer): unknown {
  const parsed = parseJson(decodeBody(body));
  if (!parsed || parsed.value === null)
    throw malformed(`body: expected JSON, but got ${body.length} bytes that are not.`, 'body');
  const { value } = parsed;
  if (depthOf(value) > deepest) throw malformed(`body: it is nested deeper than ${deepest} levels.`, 'body');
  return value;
}

/** Level by level, because a recursion could itself be too deep. */
function depthOf(value: unknown): number {
  let level = [value].filter(isContainer);
  let depth = 0;
  for (; level.length > 0 && depth <= deepest; depth += 1) {
    const inside: object[] = [];
    for (const container of level) {
      for (const each of Object.values(container)) if (isContainer(each)) inside.push(each);
    }
    level = inside;
  }
  return depth;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The event's id, also as a text of digits. @throws CALL_MALFORMED */
function readId(value: unknown): number {
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  throw malformed(`EventId: expected a whole number, but got ${shapeOf(value)}.`, 'EventId');
}

/** A copy, so that what WAP sent stays as it came. @throws CALL_MALFORMED */
function asObject(value: unknown, field: string): Open {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw malformed(`${field}: expected an object, but got ${shapeOf(value)}.`, field);
}

/** Bounded, because it becomes part of a key. @throws CALL_MALFORMED */
function asText(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
  throw malformed(`${field}: expected a text of 1 to 200 characters, but got ${shapeOf(value)}.`, field);
}
