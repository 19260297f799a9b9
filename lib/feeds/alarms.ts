import type { EventFeed } from '../wap/types';
import type { IdRange } from './id-ranges';
import type { Needs } from './needs';

/** What a person should look at. What concerns single ids is raised once for each, `unacknowledged` once for each batch and again after as many tries; `full`, `silence`, `lag` and
 *  `retention` once when they begin, and again after they were over. `attention`, that something needs a person, comes when it begins and once
 *  a day until it is over (`attentionOver`), whatever restarts come between. */
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
  feed: EventFeed | 'usage' | null;
  eventId: number | null;
  /** Of `missing`: first and last id of each gap. */
  ids?: IdRange[];
  /** Of `attention` and `attentionOver`. */
  needs?: Needs;
  /** What happened and what to do about it. */
  message: string;
}
