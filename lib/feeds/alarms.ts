import type { EventFeed } from '../wap/types';
import { countIn, type IdRange, namesOf } from './id-ranges';
import type { Needs } from './needs';

/** What a person should look at. Alarms about single ids come once an id; `unacknowledged` once a batch, and again each time
 *  its attempts have doubled; `full`, `silence`, `lag` and `retention` when they begin, and again only after they were over.
 *  `attention` comes when something begins to need a person, and once a day until nothing does (`attentionOver`), restarts
 *  or not. */
export type AlarmKind =
  | 'quarantine'
  | 'pending'
  | 'parked'
  | 'duplicate'
  | 'hole'
  | 'missing'
  | 'wentBack'
  | 'full'
  | 'silence'
  | 'lag'
  | 'unacknowledged'
  | 'retention'
  | 'attention'
  | 'attentionOver';

export interface Alarm {
  kind: AlarmKind;
  /** The feed it is about; null for all feeds of events together. */
  feed: EventFeed | 'usage' | null;
  /** The id it is about, the lowest of several; null when it is about none. */
  eventId: number | null;
  /** Of `missing`: first and last id of each gap. */
  ids?: IdRange[];
  /** Of `attention` and `attentionOver`. */
  needs?: Needs;
  /** What happened and what to do about it. */
  message: string;
}

/** Gaps that are listed; a message with a million of them would help nobody. */
const mostListed = 1000;
const minute = 60_000;

/** One alarm, however many ids are given up. `feed` null: of all feeds of events; `missingMs`: how long was waited for them. */
export function missingAlarm(feed: 'usage' | null, missing: readonly IdRange[], missingMs: number): Alarm[] {
  const [first] = missing;
  if (!first) return [];
  const what = feed === null ? 'events' : 'usage records';
  const message =
    `${countIn(missing)} ids of ${what} have not come from WAP within ${spanOf(missingMs)} (${namesOf(missing)}) ` +
    'and are given up. WAP leaves ids out also where nothing is lost; if it did not so far, compare with WAP, and bring ' +
    'what is there by a replay.';
  return [{ kind: 'missing', feed, eventId: first[0], ids: missing.slice(0, mostListed), message }];
}

/** For people: minutes up to two hours, hours after that. */
function spanOf(ms: number): string {
  const minutes = Math.round(ms / minute);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
