import type { EventFeed } from '../wap/types';

/** What a person should look at. Each event raises each of them once; `full` comes with every poll that was stopped. */
export type AlarmKind = 'quarantine' | 'pending' | 'parked' | 'full';

export interface Alarm {
  kind: AlarmKind;
  feed: EventFeed | null;
  eventId: number | null;
  /** What happened and what to do about it. */
  message: string;
}
