import type { Tx } from '../../state/port';
import { advanceCursor, type ConsumerKey, type Cursor } from '../../state/tables/cursor';
import { addDelivery, decidePending, findDelivery, type Standing } from '../../state/tables/delivery';
import { addEntity, entityKnown } from '../../state/tables/entity';
import { bodyOf, keepEvent, metBefore } from '../../state/tables/inbox';
import { nameInEvent, putTenantName } from '../../state/tables/tenant-name';
import { type EventFeed, eventState, type UsageEvent } from '../../wap/types';
import type { Alarm } from '../alarms';
import { fingerprint, olderFingerprints } from '../canonical';
import { earlierIds } from '../id-map';
import { takenOver } from '../sole-reader';
import { feedTable, keyOf, orderKeyOf, parentsOf } from './feed-table';

export interface StoredPage {
  /** Events that this reader had not met. */
  fresh: number;
  alarms: Alarm[];
}

/** Stores one page and moves the cursor, in the caller's one transaction. `readTo`: see `Cursor`. Events above
 *  `highest` are left for a later page. Safe to repeat.
 *  @throws STATE_READER when another start of the same reader has taken over. */
export async function storePage(
  tx: Tx,
  key: ConsumerKey,
  page: { feed: EventFeed; events: UsageEvent[]; highest: number; readTo: number; cursor: Cursor; now: number },
): Promise<StoredPage> {
  const { feed, cursor, now, highest, readTo } = page;
  const events = page.events.filter(event => event.EventId <= highest);
  const fetched = events.reduce((max, event) => Math.max(max, event.EventId), -1);
  if (!(await advanceCursor(tx, key, { feed, fetched, readTo: Math.max(readTo, fetched), epoch: cursor.epoch, now }))) {
    throw takenOver('events', key);
  }
  const stored: StoredPage = { fresh: 0, alarms: [] };
  const met = await metAgain(tx, key, feed, events, cursor);
  for (const event of events) {
    const hash = fingerprint(event);
    // Most of what is read again has not changed: one look-up for the page spares a look-up each.
    if (met.get(event.EventId) !== hash)
      await storeEvent(tx, key, { feed, event, hash }, cursor.forgotten, now, stored);
  }
  return stored;
}

/** Hashes of what is read again. */
async function metAgain(
  tx: Tx,
  key: ConsumerKey,
  feed: EventFeed,
  events: readonly UsageEvent[],
  { fetched }: Cursor,
): Promise<Map<number, string>> {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last || first.EventId > fetched) return new Map();
  return metBefore(tx, key, { feed, from: first.EventId, to: last.EventId });
}

/** Stores one event and gives it its place for this reader. The first body under an id counts: when another one comes, the
 *  stored one says where the event stands. */
async function storeEvent(
  tx: Tx,
  key: ConsumerKey,
  { feed, event, hash }: { feed: EventFeed; event: UsageEvent; hash: string },
  forgotten: number,
  now: number,
  stored: StoredPage,
): Promise<void> {
  const at = { ...key, feed, eventId: event.EventId };
  if (event.EventId <= forgotten && !(await findDelivery(tx, at))) return; // settled and pruned long ago
  const kept = await keepEvent(tx, key.installation, {
    feed,
    eventId: event.EventId,
    state: event.State,
    body: JSON.stringify(event),
    hash,
    olderHashes: () => olderFingerprints(event),
    fetchedAt: now,
  });
  if (kept === 'quarantined') stored.alarms.push(quarantineAlarm(feed, event.EventId));
  const differs = kept === 'quarantined' || kept === 'quarantined before';
  const valid = differs ? parseEvent(await bodyOf(tx, key.installation, feed, event.EventId)) : event;
  const known = kept === 'new' && (await isKnownOtherwise(tx, key.installation, feed, event));
  const standing = known
    ? { ...(await standingOf(tx, key.installation, feed, valid, now)), ...settledAsDuplicate }
    : await standingOf(tx, key.installation, feed, valid, now);
  if (feed === 'subscriptions') await noteTenant(tx, key.installation, valid, now);
  if (kept === 'replaced') await decidePending(tx, key.installation, feed, event.EventId, standing);
  if (await addDelivery(tx, at, standing)) stored.fresh++;
}

/** Usage is shown to people under the tenant's name. An event that WAP has not decided on says nothing yet. */
async function noteTenant(tx: Tx, installation: string, event: UsageEvent, now: number): Promise<void> {
  const named = event.State === eventState.acknowledged ? nameInEvent(event) : null;
  if (named) await putTenantName(tx, installation, named, now);
}

/** Where an event stands that was billed before WAP's database was restored. */
const settledAsDuplicate = { status: 'settled', outcome: 'duplicate', waitsFor: null } as const;

/** True if an event that was read anew was known by its old id before WAP's database was restored: it is not billed twice. */
async function isKnownOtherwise(tx: Tx, installation: string, feed: EventFeed, event: UsageEvent): Promise<boolean> {
  for (const EventId of earlierIds(event.EventId)) {
    const before = await bodyOf(tx, installation, feed, EventId);
    if (fingerprint(parseEvent(before)) === fingerprint({ ...event, EventId })) return true;
  }
  return false;
}

/** Where an event stands by what WAP says of it. Notes the entity it tells of. */
async function standingOf(
  tx: Tx,
  installation: string,
  feed: EventFeed,
  event: UsageEvent,
  now: number,
): Promise<Standing> {
  const plain = { entityKey: orderKeyOf(feed, event), waitsFor: null, outcome: null, now };
  if (event.State === eventState.rejected) return { ...plain, status: 'settled', outcome: 'rejected' };
  // 2 and 3 are no facts yet; a state that the documents do not know is not taken for one either.
  if (event.State !== eventState.acknowledged) return { ...plain, status: 'pending' };
  const about = feedTable[feed].about(event);
  if (about) await addEntity(tx, installation, keyOf(about), now);
  const waitsFor = await firstUnknownParent(tx, installation, feed, event);
  return { ...plain, waitsFor, status: waitsFor === null ? 'ready' : 'parent' };
}

/** The key of the first parent that WAP is not known to have; null when nothing is waited for. */
export async function firstUnknownParent(
  tx: Tx,
  installation: string,
  feed: EventFeed,
  event: UsageEvent,
): Promise<string | null> {
  for (const parent of parentsOf(feed, event)) {
    if (!(await entityKnown(tx, installation, keyOf(parent)))) return keyOf(parent);
  }
  return null;
}

/** An event as it was stored. */
export function parseEvent(body: string): UsageEvent {
  return JSON.parse(body) as UsageEvent;
}

function quarantineAlarm(feed: EventFeed, eventId: number): Alarm {
  const message =
    `WAP sent event ${eventId} of ${feed} again with other content. The first one counts; the second is in ` +
    'quarantine: compare the two.';
  return { kind: 'quarantine', feed, eventId, message };
}
