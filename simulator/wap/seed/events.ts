import type { StoredEvent } from '../events/event';
import type { Installation } from '../installation';
import type { SeedEvent } from '../options';
import { wapTime } from '../time';

/** Puts an event into its feed as it is. One with a known id takes its place: so a pending event is settled later. */
export function seedEvent(wap: Installation, sent: SeedEvent): void {
  const { data } = wap;
  const event: StoredEvent = {
    EventId: data.lastEventId + 1,
    State: 0,
    Method: 'POST',
    EntityParentId: null,
    NotificationEventTimeCreated: wapTime(wap.now(), wap.random),
    ...sent,
  };
  wap.events.put(structuredClone(event));
  data.lastEventId = Math.max(data.lastEventId, event.EventId);
  wap.changes += 1;
}
