import type { Alarm } from '../alarms';

const named = 10;

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
    `${ids.length} usage records came a second time under a new EventId (${list(ids.map(String))}): same provider, ` +
    'record id, subscription, resource and period. They are marked and not sent on.';
  return [{ kind: 'duplicate', feed: 'usage', eventId: first, message }];
}

/** One alarm a page. */
export function holeAlarm(holes: ReadonlyArray<readonly [number, number]>): Alarm[] {
  const [first] = holes;
  if (!first) return [];
  const missing = holes.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const ranges = list(holes.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)));
  const message =
    `${missing} ids of usage records are missing in WAP (${ranges}). One that comes late is still taken; if they do ` +
    'not come, compare the totals with the provider.';
  return [{ kind: 'hole', feed: 'usage', eventId: first[0], message }];
}

function list(items: readonly string[]): string {
  const rest = items.length - named;
  return items.slice(0, named).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
