import type { Alarm } from '../alarms';
import { countIn, firstFew, type IdRange, namesOf } from '../id-ranges';

/** One alarm an id: each has to be compared by a person. */
export function quarantineAlarms(ids: readonly number[]): Alarm[] {
  return ids.map(eventId => ({
    kind: 'quarantine',
    feed: 'usage',
    eventId,
    message:
      `WAP sent usage record ${eventId} again with other content. The first one counts; the second is in quarantine: ` +
      'compare the two.',
  }));
}

/** One alarm a page, however many there are in it. */
export function duplicateAlarm(ids: readonly number[]): Alarm[] {
  const [first] = ids;
  if (first === undefined) return [];
  const message =
    `${ids.length} usage records came a second time under a new EventId (${firstFew(ids.map(String))}): same provider, ` +
    'record id, subscription, resource and period. They are marked and not sent on.';
  return [{ kind: 'duplicate', feed: 'usage', eventId: first, message }];
}

/** One alarm a page. */
export function holeAlarm(holes: readonly IdRange[]): Alarm[] {
  const [first] = holes;
  if (!first) return [];
  const message =
    `${countIn(holes)} ids of usage records are missing in WAP (${namesOf(holes)}). One that comes late is still taken; if they do ` +
    'not come, compare the totals with the provider.';
  return [{ kind: 'hole', feed: 'usage', eventId: first[0], message }];
}
