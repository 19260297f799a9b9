import type { UsageEvent } from '../types';
import { readObject, unreadable } from './read';
import { isWapTime } from './time';

/** A whole number, also as text. @throws WAP_BAD_RESPONSE */
function readEventId(value: unknown, what: string): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw unreadable(what, 'a whole number from 0 on', value);
  return number;
}

/** `Method` as text; for its meaning see `methodOf`. */
function textOf(method: unknown, what: string): string {
  if (method === undefined || method === null) return '';
  if (typeof method !== 'string' && typeof method !== 'number') throw unreadable(what, 'a text', method);
  return String(method);
}

/** One event as WAP sent it (dn448756). `Method` is text also where it came as a number (dn448824 shows "0") or not at all.
 *  @throws WAP_BAD_RESPONSE naming the field */
export function readEvent(value: unknown, what: string): UsageEvent {
  const event = readObject(value, what);
  const { State, Method, EntityParentId = null, NotificationEventTimeCreated: time } = event;
  if (typeof State !== 'number' || !Number.isInteger(State)) throw unreadable(`${what}.State`, 'a whole number', State);
  if (EntityParentId !== null && typeof EntityParentId !== 'string')
    throw unreadable(`${what}.EntityParentId`, 'a text or null', EntityParentId);
  if (!isWapTime(time)) throw unreadable(`${what}.NotificationEventTimeCreated`, 'a time', time);
  return {
    ...event,
    EventId: readEventId(event.EventId, `${what}.EventId`),
    State,
    Method: textOf(Method, `${what}.Method`),
    Entity: readObject(event.Entity, `${what}.Entity`),
    EntityParentId,
    NotificationEventTimeCreated: time,
  };
}
