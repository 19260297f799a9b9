import type { BilledSubscription, SubscriptionPort, SubscriptionVerb } from '../billing/subscription-port';
import { AdapterError, shapeOf } from '../errors';
import { isSameId } from '../ids';
import { isWapTime } from '../wap/client/time';
import type { Subscription, UsageEvent } from '../wap/types';
import { converge } from './converge';
import { changeIn, isoTime, merged } from './facts';
import { billInstances, ofEachInstance } from './instances';
import { instanceKey, instanceKind, keyOf, offerOf, subscriptionKind } from './keys';
import { ignored, type TenantOutcome, waitingFor } from './outcome';
import { callOf, type TenantTools } from './tools';

/** Whom the verb is about, and since when. */
export interface VerbRequest {
  /** SubscriptionID, or the key of an instance of an add-on. */
  key: string;
  planId?: string | undefined;
  /** ISO 8601 UTC: when it holds from. */
  at: string;
}

/** One operation on one subscription or instance. */
type Verb = (tools: TenantTools, request: VerbRequest) => Promise<TenantOutcome>;

/** One thing done in billing, whatever the events say; a later event brings billing back to what WAP says. Safe to repeat.
 *  `create` reads WAP, brings billing to what WAP shows now and reads that back; the others ask billing alone.
 *  @throws INPUT_MISSING; BILLING_NOT_FOUND, BILLING_CONFLICT; BILLING_BAD_RESPONSE when what was created is not there */
export const tenantVerbs = {
  create: async (tools, { key, at }) => {
    // A SubscriptionID is a GUID, so a dot begins the id of an instance.
    const [id = key, instance] = key.split('.');
    const live = await tools.wap.subscriptions.find(id, callOf(tools));
    if (!live) return ignored('goneFromWap');
    if (instance === undefined)
      return readBack(tools, await converge(tools, merged({ id: live.SubscriptionID }, changeIn(asShown(live, at)))));
    const references = live.AddOnReferences.filter(({ AddOnInstanceId }) => isSameId(AddOnInstanceId ?? '', instance));
    if (references.length === 0) return ignored('goneFromWap');
    return readBack(tools, await billInstances(tools, live, references, { at, suspended: live.State !== 1 }));
  },
  changePlan: async (tools, { key: given, planId, at }) => {
    const key = await billedKey(tools, given);
    if (!planId) throw missing('planId');
    const offer = await offerOf(tools.mapping, 'plan', planId);
    if (!offer) return waitingFor('planNotMapped');
    return ifSupported(tools, 'changePlan', key, port => port.changePlan(key, offer, at, callOf(tools)));
  },
  suspend: each('suspend'),
  resume: each('resume'),
  cancel: each('cancel'),
} satisfies Record<string, Verb>;

/** What billing shows now, whatever it answered to the creation; the mapping gets that id. */
async function readBack(tools: TenantTools, outcome: TenantOutcome): Promise<TenantOutcome> {
  const key = outcome.billed?.key;
  if (outcome.output !== 'done' || key === undefined || outcome.reason === 'notSupported') return outcome;
  const billed = await tools.billing.subscriptions.state(key, callOf(tools));
  if (billed.state === 'absent') {
    const subject = `subscription ${key}`;
    const message = `The billing system says that ${subject} was created, but does not show it.`;
    throw new AdapterError('BILLING_BAD_RESPONSE', message, { subject, retryable: true });
  }
  const { remoteId } = billed;
  const entries = outcome.entries.map(entry =>
    isSameId(entry.wapId, key) && remoteId ? { ...entry, billingId: remoteId } : entry,
  );
  return { ...outcome, billed, entries };
}

/** A verb of a subscription, which takes the instances of its add-ons along; of an instance it is about that one alone. */
function each(verb: 'suspend' | 'resume' | 'cancel'): Verb {
  return async (tools, { key: given, at }) => {
    const key = await billedKey(tools, given);
    return ifSupported(tools, verb, key, async port => {
      const billed = await port[verb](key, at, callOf(tools));
      if (!isInstance(key)) await ofEachInstance(tools, key, one => port[verb](one.key, at, callOf(tools)));
      return billed;
    });
  };
}

/** What billing does not support is left as it is, with that reason. */
async function ifSupported(
  tools: TenantTools,
  verb: SubscriptionVerb,
  key: string,
  act: (port: SubscriptionPort) => Promise<BilledSubscription>,
): Promise<TenantOutcome> {
  const port = tools.billing.subscriptions;
  if (port.can[verb]) return done(key, await act(port));
  return { ...done(key, await port.state(key, callOf(tools))), reason: 'notSupported' };
}

/** As the mapping spells it; see `keyOf`. */
const billedKey = ({ mapping }: TenantTools, key: string): Promise<string> =>
  keyOf(mapping, isInstance(key) ? instanceKind : subscriptionKind, key);

/** The outcome, with the pair of ids for the mapping where billing told its own. */
function done(key: string, billed: BilledSubscription): TenantOutcome {
  const entry = { kind: isInstance(key) ? instanceKind : subscriptionKind, wapId: key };
  const { remoteId: billingId } = billed;
  return { output: 'done', reason: null, billed, entries: billingId ? [{ ...entry, billingId }] : [] };
}

/** A key with something behind its dot. */
const isInstance = (key: string): boolean => key.includes('.') && key !== instanceKey(key, '');

/** What WAP shows, as an event of it would say it: both then go the same way. */
function asShown(live: Subscription, at: string): UsageEvent {
  return {
    ...{ EventId: 0, State: 0, Method: 'PUT', Entity: live, EntityParentId: null },
    NotificationEventTimeCreated: at,
  };
}

/** A time from a dialog or a message as ISO 8601 UTC. @throws INPUT_INVALID */
export function timeOf(text: string | undefined, now: number): string {
  if (text === undefined) return new Date(now).toISOString();
  if (isWapTime(text)) return isoTime(text);
  throw new AdapterError(
    'INPUT_INVALID',
    `changedAt: a time such as 2026-03-01T00:00:00Z is needed, got ${shapeOf(text)}.`,
    { subject: 'changedAt' },
  );
}

/** INPUT_MISSING naming the field. */
function missing(field: string): AdapterError {
  return new AdapterError('INPUT_MISSING', `${field}: it is needed for this operation.`, { subject: field });
}
