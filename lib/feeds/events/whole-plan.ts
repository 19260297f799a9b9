import { AdapterError } from '../../errors';
import type { Store } from '../../state/port';
import type { ConsumerKey } from '../../state/tables/cursor';
import { earlierEvents } from '../../state/tables/earlier-events';
import type { WapAdmin } from '../../wap/client/admin';
import { methodOf } from '../../wap/client/method';
import { readAddOn, readPlan } from '../../wap/client/read';
import type { EventFeed, Kind, Open, PlanOrAddOn, UsageEvent } from '../../wap/types';
import { orderKeyOf } from './feed-table';
import { parseEvent } from './inbox';

/** The feeds whose events are about a plan or add-on itself. */
const kinds: Partial<Record<EventFeed, Kind>> = { plans: 'plan', addons: 'addon' };

/** What a message carries as `wap`: the object, and which of the two it is. */
export interface WholePlan {
  kind: Kind;
  plan: PlanOrAddOn;
}

/** The whole plan or add-on that an event is about; `null` for other feeds, and when it cannot be known any more. A PATCH
 *  holds only what changed: it is laid over the earlier events of the inbox or, when those do not reach back to a whole
 *  object, WAP is asked, which shows the object as it is by now.
 *  @throws WAP_… when WAP has to be asked and does not answer. Source: dn448756. */
export async function wholePlan(
  store: Store,
  key: ConsumerKey,
  { feed, event }: { feed: EventFeed; event: UsageEvent },
  admin: WapAdmin,
  signal: AbortSignal,
): Promise<WholePlan | null> {
  const kind = kinds[feed];
  if (!kind) return null;
  const entity = isPatch(event) ? await merged(store, key, feed, event) : event.Entity;
  const plan = entity && readable(kind, entity);
  if (plan) return { kind, plan };
  const { Id: id } = event.Entity;
  const live = typeof id === 'string' && id !== '' ? await admin.find(kind, id, { signal }) : null;
  return live && { kind, plan: live };
}

/** `null` when the inbox does not hold a whole object from before. */
async function merged(store: Store, key: ConsumerKey, feed: EventFeed, event: UsageEvent): Promise<Open | null> {
  const before = { feed, entityKey: orderKeyOf(feed, event), eventId: event.EventId };
  const bodies = await store.transaction(tx => earlierEvents(tx, key, before));
  let whole: Open | null = null;
  for (const each of [...bodies.map(parseEvent), event]) {
    if (isDelete(each)) whole = null;
    else if (!isPatch(each)) whole = each.Entity;
    else if (whole) whole = overlay(whole, each.Entity);
  }
  return whole;
}

/** Assumed: a PATCH cannot leave out fields that have no null, so what is 0, an empty list or the zero time says nothing. */
function overlay(whole: Open, patch: Open): Open {
  return { ...whole, ...Object.fromEntries(Object.entries(patch).filter(([, value]) => isFilled(value))) };
}

/** Whether a field of a PATCH says something. */
function isFilled(value: unknown): boolean {
  if (value === null || value === undefined || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(typeof value === 'string' && value.startsWith('0001-01-01T00:00:00'));
}

/** Holds only what changed. */
const isPatch = (event: UsageEvent): boolean => methodOf(event.Method) === 'PATCH';
const isDelete = (event: UsageEvent): boolean => methodOf(event.Method) === 'DELETE';

/** The object as this package reads it; null when it is not whole. */
function readable(kind: Kind, entity: Open): PlanOrAddOn | null {
  try {
    return kind === 'plan' ? readPlan(entity) : readAddOn(entity);
  } catch (error) {
    if (error instanceof AdapterError) return null; // a message about the event is better than none
    throw error;
  }
}
