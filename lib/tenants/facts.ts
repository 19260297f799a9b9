import { methodOf } from '../wap/client/method';
import { isWapTime, parseWapTime } from '../wap/client/time';
import type { Open, UsageEvent } from '../wap/types';
import { subscriptionState } from '../wap/types';

/** What an event said, and which event: of two the one with the higher id counts, in whatever order they come. */
export interface Fact<T> {
  value: T;
  eventId: number;
  /** When it holds from, ISO 8601 UTC. */
  at: string;
}

/** All that is known of a subscription from its events. */
export interface SubscriptionFacts {
  id: string;
  planId?: Fact<string>;
  state?: Fact<number>;
  account?: Fact<string>;
  name?: Fact<string>;
  /** From the first event that says it. */
  since?: Fact<string>;
  deleted?: Fact<true>;
}

/** What one event adds to the facts. */
export type Change = Omit<SubscriptionFacts, 'id'>;

/** What one event says. PUT and POST are read like PATCH: a field that is null, 0, empty or the zero time says nothing
 *  (assumed for PATCH; dn448740 for the state). An unknown method counts as an upsert. Source: dn448756. */
export function changeIn(event: UsageEvent): Change {
  const at = isoTime(event.NotificationEventTimeCreated);
  const { EventId: eventId, Entity: entity } = event;
  const method = methodOf(event.Method);
  const fact = <T>(value: T): Fact<T> => ({ value, eventId, at });
  if (method === 'DELETE') return { deleted: fact(true) };
  const text = (field: string): string | undefined => textIn(entity, field);
  const created = timeIn(entity, 'Created') ?? (method === 'PATCH' ? undefined : at);
  const state = entity.State;
  return {
    ...optional('planId', text('PlanId'), fact),
    ...optional('state', typeof state === 'number' && state !== subscriptionState.none ? state : undefined, fact),
    ...optional('account', text('AccountAdminLiveEmailId'), fact),
    ...optional('name', text('SubscriptionName'), fact),
    ...optional('since', created, fact),
  };
}

/** Lays a change over what is known. The result is the same for every order and repetition of the same changes. */
export function merged(facts: SubscriptionFacts, change: Change): SubscriptionFacts {
  return {
    id: facts.id,
    ...later('planId', facts, change),
    ...later('state', facts, change),
    ...later('account', facts, change),
    ...later('name', facts, change),
    ...later('deleted', facts, change),
    ...earlier(facts.since, change.since),
  };
}

/** Whether newer facts have replaced all that the change says. */
export function isSuperseded(facts: SubscriptionFacts, change: Change): boolean {
  const { since: _since, ...said } = change;
  const names = Object.keys(said) as Array<keyof typeof said>;
  const isOld = (name: keyof typeof said) => (facts[name]?.eventId ?? -1) > (said[name]?.eventId ?? -1);
  return names.length > 0 && names.every(isOld);
}

/** Whether it says anything that billing has to know. */
export function isRelevant({ planId, state, deleted }: Change): boolean {
  return Boolean(planId ?? state ?? deleted);
}

/** Deleting counts as suspended until the DELETE event. */
export function isSuspended({ state }: SubscriptionFacts): boolean {
  return state?.value === subscriptionState.suspended || state?.value === subscriptionState.deletePending;
}

/** Of two facts the one of the later event. */
function later<N extends 'planId' | 'state' | 'account' | 'name' | 'deleted'>(name: N, facts: Change, change: Change) {
  const [old, fresh] = [facts[name], change[name]];
  const fact = old && (!fresh || old.eventId >= fresh.eventId) ? old : fresh;
  return fact ? { [name]: fact } : {};
}

/** Of two the one of the earlier event: a purchase has one beginning. */
function earlier(old: Change['since'], fresh: Change['since']): Pick<Change, 'since'> {
  const fact = old && (!fresh || old.eventId <= fresh.eventId) ? old : fresh;
  return fact ? { since: fact } : {};
}

/** A fact only where the event says something. */
function optional<N extends string, T>(name: N, value: T | undefined, fact: (value: T) => Fact<T>) {
  return (value === undefined ? {} : { [name]: fact(value) }) as { [K in N]?: Fact<T> };
}

/** WAP leaves unknown texts empty or null, so an empty text says nothing. */
export function textIn(entity: Open, field: string): string | undefined {
  const value = entity[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A time as ISO 8601; the year 1 is how WAP writes "none". */
function timeIn(entity: Open, field: string): string | undefined {
  const value = textIn(entity, field);
  const time = value !== undefined && isWapTime(value) ? isoTime(value) : undefined;
  return time?.startsWith('0001-') ? undefined : time;
}

/** WAP's time as ISO 8601 with its zone, which is UTC even where WAP does not write it. @throws WAP_BAD_RESPONSE */
export function isoTime(text: string): string {
  return new Date(parseWapTime(text).ms).toISOString();
}
