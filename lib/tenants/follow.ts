import { OneAtATime } from '../async/one-at-a-time';
import { AdapterError, shapeOf } from '../errors';
import { foldName } from '../ids';
import { findFacts, putFacts } from '../state/tables/tenant-facts';
import { readEvent } from '../wap/client/read-event';
import { eventState, type Subscription, type UsageEvent } from '../wap/types';
import { followAddOn } from './add-ons';
import { converge } from './converge';
import { type Change, changeIn, isRelevant, isSuperseded, merged, type SubscriptionFacts, textIn } from './facts';
import { ignored, type TenantOutcome } from './outcome';
import { callOf, type TenantTools } from './tools';

/** Events of one subscription act one after another, whichever node of this process has them. */
const turns = new OneAtATime();

/** Does in billing what an event of `subscriptions` or `subscriptionAddons` says. What the events of a subscription said is
 *  kept field by field with the number of the event, so neither their order nor a repeat changes where billing ends.
 *  @throws INPUT_INVALID for what is no such event; WAP_… and BILLING_… */
export async function followEvent(tools: TenantTools, given: unknown): Promise<TenantOutcome> {
  const event = asEvent(given);
  const own = textIn(event.Entity, 'SubscriptionID');
  const parent = textIn(event.Entity, 'AddOnId') && event.EntityParentId ? event.EntityParentId : undefined;
  const id = own ?? parent;
  if (!id) throw notOurs(given);
  if (event.State !== eventState.acknowledged) return ignored('notCommitted');
  const { installation } = tools.wap;
  return turns.run(JSON.stringify([installation, foldName(id)]), tools.signal, () =>
    own === undefined ? followInstance(tools, id, event) : followSubscription(tools, id, event),
  );
}

/** An event of an add-on of a subscription. */
async function followInstance(tools: TenantTools, id: string, event: UsageEvent): Promise<TenantOutcome> {
  return followAddOn(tools, event, await readFacts(tools, id));
}

/** An event of a subscription. Facts are kept before billing is called: a repeat then finds them. */
async function followSubscription(tools: TenantTools, id: string, event: UsageEvent): Promise<TenantOutcome> {
  const change = changeIn(event);
  let facts = await remember(tools, id, change);
  if (!isRelevant(change) && !facts.planId) return ignored('notRelevant');
  // The event that created it was not seen: WAP tells the rest.
  if (!facts.planId && !facts.deleted) {
    const live = await tools.wap.subscriptions.find(id, callOf(tools));
    if (!live) return ignored('goneFromWap');
    facts = await remember(tools, id, restOf(live, event, change));
  }
  const outcome = await converge(tools, facts);
  if (outcome.output !== 'done') return outcome;
  if (!isRelevant(change)) return { ...outcome, output: 'ignored', reason: 'notRelevant' };
  return isSuperseded(facts, change) ? { ...outcome, output: 'ignored', reason: 'superseded' } : outcome;
}

/** Lays the change over what is known, in one transaction. */
async function remember(tools: TenantTools, id: string, change: Change): Promise<SubscriptionFacts> {
  const { mapping, clock, wap } = tools;
  return mapping.store.transaction(async tx => {
    const before = await findFacts(tx, wap.installation, id);
    const facts = merged(before === null ? { id } : (JSON.parse(before) as SubscriptionFacts), change);
    const body = JSON.stringify(facts);
    if (body !== before) {
      await putFacts(tx, wap.installation, id, { body, isGone: facts.deleted !== undefined, now: clock.now() });
    }
    return facts;
  });
}

/** What events have said of a subscription; null before any. */
async function readFacts({ mapping, wap }: TenantTools, id: string): Promise<SubscriptionFacts | null> {
  const body = await mapping.store.transaction(tx => findFacts(tx, wap.installation, id));
  return body === null ? null : (JSON.parse(body) as SubscriptionFacts);
}

/** What WAP shows now counts as said by the event; what the event says itself counts more. */
function restOf(live: Subscription, event: UsageEvent, change: Change): Change {
  return { ...changeIn({ ...event, Method: 'PUT', Entity: live }), ...change };
}

/** @throws INPUT_INVALID: what a flow handed over is at fault here, not WAP */
function asEvent(given: unknown): UsageEvent {
  try {
    return readEvent(given, 'event');
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw notOurs(given);
  }
}

/** INPUT_INVALID naming the shape of what was given. */
function notOurs(given: unknown): AdapterError {
  return new AdapterError(
    'INPUT_INVALID',
    `event: an event of the feeds of subscriptions or their add-ons is needed, as wap-event-poll sends it, got ${shapeOf(given)}.`,
    { subject: 'event' },
  );
}
