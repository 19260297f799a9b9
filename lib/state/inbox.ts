import { statement, type Tx } from './port';

/** One event as fetched. `state` is WAP's `State`; `body` its JSON text; `hash` of the body with sorted fields. */
export interface InboxEvent {
  feed: string;
  eventId: number;
  state: number;
  body: string;
  hash: string;
  fetchedAt: number;
}

interface InboxRow {
  event_id: number;
  state: number;
  body_hash: string;
}

/** Keeps an event once: a page fetched twice changes nothing. */
const add = statement(`
  INSERT INTO inbox (installation, feed, event_id, state, body, body_hash, fetched_at)
  VALUES (:installation, :feed, :eventId, :state, :body, :hash, :fetchedAt)
  ON CONFLICT (installation, feed, event_id) DO NOTHING`);
const find = statement<InboxRow>(`
  SELECT event_id, state, body_hash FROM inbox
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId`);
/** Only a body that WAP had not decided on can be replaced: the condition is the promise. */
const settlePending = statement(`
  UPDATE inbox SET state = :state, body = :body, body_hash = :hash, fetched_at = :fetchedAt
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId AND state NOT IN (0, 1)`);
const body = statement<{ body: string }>(`
  SELECT body FROM inbox WHERE installation = :installation AND feed = :feed AND event_id = :eventId`);
/** An event that another consumer still has a row for stays. */
const dropOne = statement(`
  DELETE FROM inbox WHERE installation = :installation AND feed = :feed AND event_id = :eventId
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.installation = inbox.installation AND d.feed = inbox.feed
    AND d.event_id = inbox.event_id
    AND d.consumer IN (SELECT c.consumer FROM cursor c WHERE c.installation = :installation AND c.feed = :feed))`);

const quarantine = statement(`
  INSERT INTO quarantine (installation, feed, event_id, body_hash, body, seen_at)
  VALUES (:installation, :feed, :eventId, :hash, :body, :fetchedAt)
  ON CONFLICT (installation, feed, event_id, body_hash) DO NOTHING`);
const listQuarantine = statement<{ feed: string; event_id: number; body: string; seen_at: number }>(`
  SELECT feed, event_id, body, seen_at FROM quarantine WHERE installation = :installation
  ORDER BY event_id, feed, body_hash LIMIT :limit`);
const countQuarantine = statement<{ total: number }>(
  'SELECT COUNT(*) AS total FROM quarantine WHERE installation = :installation',
);

/** What became of an event that was fetched. */
export type Kept = 'new' | 'same' | 'replaced' | 'quarantined' | 'quarantined before';

/** Keeps an event: the same again is ignored; a pending one gets its later body; any other body goes to quarantine. */
export async function keepEvent(tx: Tx, installation: string, event: InboxEvent): Promise<Kept> {
  if ((await tx.change(add, { installation, ...event })) > 0) return 'new';
  const { feed, eventId, body: text, hash, fetchedAt } = event;
  const known = (await tx.rows(find, { installation, feed, eventId }))[0];
  if (known?.body_hash === hash) return 'same';
  if ((await tx.change(settlePending, { installation, ...event })) > 0) return 'replaced';
  const later = { feed, eventId, hash, body: text, fetchedAt };
  return (await quarantineBody(tx, installation, later)) ? 'quarantined' : 'quarantined before';
}

/** Sets a body aside that came under an id that had another one; false when it lies there already. */
export async function quarantineBody(tx: Tx, installation: string, later: Omit<InboxEvent, 'state'>): Promise<boolean> {
  const { feed, eventId, hash, body: text, fetchedAt } = later;
  return (await tx.change(quarantine, { installation, feed, eventId, hash, body: text, fetchedAt })) > 0;
}

export async function bodyOf(tx: Tx, installation: string, feed: string, eventId: number): Promise<string> {
  return (await tx.rows(body, { installation, feed, eventId }))[0]?.body ?? 'null';
}

export async function dropEvent(tx: Tx, installation: string, feed: string, eventId: number): Promise<void> {
  await tx.change(dropOne, { installation, feed, eventId });
}

export interface QuarantinedEvent {
  feed: string;
  eventId: number;
  /** The body that came later; the first one is in the inbox. */
  body: string;
  seenAt: number;
}

export async function selectQuarantine(tx: Tx, installation: string, limit: number): Promise<QuarantinedEvent[]> {
  const rows = await tx.rows(listQuarantine, { installation, limit });
  return rows.map(row => ({ feed: row.feed, eventId: row.event_id, body: row.body, seenAt: row.seen_at }));
}

export async function quarantineCount(tx: Tx, installation: string): Promise<number> {
  return (await tx.rows(countQuarantine, { installation }))[0]?.total ?? 0;
}
