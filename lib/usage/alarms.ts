import type { EventFeed } from '../wap/types';
import type { IdRange } from './id-ranges';

/** What a person should look at. What concerns single ids is raised once for each, `unacknowledged` once for each batch and again after as many tries; `full`, `silence`, `lag` and
 *  `retention` once when they begin, and again after they were over. */
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
  | 'retention';

export interface Alarm {
  kind: AlarmKind;
  feed: EventFeed | 'usage' | null;
  eventId: number | null;
  /** Of `missing`: first and last id of each gap. */
  ids?: IdRange[];
  /** What happened and what to do about it. */
  message: string;
}
