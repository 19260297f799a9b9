import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';
import { quarantineBody } from './quarantine';

/** One event as fetched. `state` is WAP's `State`; `body` its JSON text; `hash` of the body with sorted fields. */
export interface InboxEvent {
  feed: string;
  eventId: number;
  state: number;
  body: string;
  hash: string;
  /** The hash that older versions may have stored; computed only where it matters. */
  olderHashes?(): string[];
  /** ms UTC. */
  fetchedAt: number;
}

interface InboxRow {
  event_id: number;
  state: number;
  body_hash: string;
}

/** Stores an event once: a page fetched twice changes nothing. */
const add = statement(`
  INSERT INTO inbox (installation, feed, event_id, state, body, body_hash, fetched_at)
  VALUES (:installation, :feed, :eventId, :state, :body, :hash, :fetchedAt)
  ON CONFLICT (installation, feed, event_id) DO NOTHING`);
const find = statement<InboxRow>(`
  SELECT event_id, state, body_hash FROM inbox
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId`);
/** Replaces only the body of an event that WAP had not decided on. */
const settlePending = statement(`
  UPDATE inbox SET state = :state, body = :body, body_hash = :hash, fetched_at = :fetchedAt
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId AND state NOT IN (0, 1)`);
const body = statement<{ body: string }>(`
  SELECT body FROM inbox WHERE installation = :installation AND feed = :feed AND event_id = :eventId`);
/** Keeps an event as long as another reader has a row for it. */
const dropOne = statement(`
  DELETE FROM inbox WHERE installation = :installation AND feed = :feed AND event_id = :eventId
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.installation = inbox.installation AND d.feed = inbox.feed
    AND d.event_id = inbox.event_id
    AND d.consumer IN (SELECT c.consumer FROM cursor c WHERE c.installation = :installation AND c.feed = :feed))`);

/** Hashes of the bodies that a reader has seen in a range of ids, both included. */
const listMet = statement<{ event_id: number; body_hash: string }>(`
  SELECT d.event_id, i.body_hash FROM delivery d JOIN inbox i
    ON i.installation = d.installation AND i.feed = d.feed AND i.event_id = d.event_id
  WHERE d.installation = :installation AND d.consumer = :consumer AND d.feed = :feed
  AND d.event_id BETWEEN :from AND :to`);

/** Event id → hash of the body that this reader was given, for a range of ids: what WAP sends now is compared with it. */
export async function metBefore(
  tx: Tx,
  key: ConsumerKey,
  of: { feed: string; from: number; to: number },
): Promise<Map<number, string>> {
  return new Map((await tx.rows(listMet, { ...key, ...of })).map(row => [row.event_id, row.body_hash]));
}

const listFacts = statement<{ event_id: number; body_hash: string; fetched_at: number }>(`
  SELECT d.event_id, i.body_hash, i.fetched_at FROM delivery d JOIN inbox i
    ON i.installation = d.installation AND i.feed = d.feed AND i.event_id = d.event_id
  WHERE d.installation = :installation AND d.consumer = :consumer AND d.feed = :feed AND i.state = 0
  AND d.event_id BETWEEN :from AND :to ORDER BY d.event_id`);

/** Acknowledged events that a reader has seen in a range of ids, ascending. */
export async function factsBetween(tx: Tx, key: ConsumerKey, of: { feed: string; from: number; to: number }) {
  const rows = await tx.rows(listFacts, { ...key, ...of });
  return rows.map(row => ({ eventId: row.event_id, hash: row.body_hash, fetchedAt: row.fetched_at }));
}

const highestBy = statement<{ event_id: number | null }>(`
  SELECT MAX(event_id) AS event_id FROM inbox WHERE installation = :installation AND feed = :feed
  AND event_id > :above AND event_id <= :upTo AND fetched_at <= :time`);

/** The highest id above one and up to another that had arrived by a time; null if none had. */
export async function highestFetchedBy(
  tx: Tx,
  { installation }: Pick<ConsumerKey, 'installation'>,
  of: { feed: string; above: number; upTo: number; time: number },
): Promise<number | null> {
  return (await tx.rows(highestBy, { installation, ...of }))[0]?.event_id ?? null;
}

/** What became of an event that was fetched. */
export type Kept = 'new' | 'same' | 'replaced' | 'quarantined' | 'quarantined before';

/** Stores an event. The same again is ignored, a pending one gets its later body, any other body goes to quarantine. */
export async function keepEvent(tx: Tx, installation: string, event: InboxEvent): Promise<Kept> {
  const { olderHashes = () => [], ...row } = event;
  if ((await tx.change(add, { installation, ...row })) > 0) return 'new';
  const { feed, eventId, body: text, hash, fetchedAt } = row;
  const known = (await tx.rows(find, { installation, feed, eventId }))[0];
  if (known && (known.body_hash === hash || olderHashes().includes(known.body_hash))) return 'same';
  if ((await tx.change(settlePending, { installation, ...row })) > 0) return 'replaced';
  const later = { feed, eventId, hash, body: text, now: fetchedAt };
  return (await quarantineBody(tx, installation, later)) ? 'quarantined' : 'quarantined before';
}

/** The JSON text of an event; the text `null` when the inbox no longer has it. */
export async function bodyOf(tx: Tx, installation: string, feed: string, eventId: number): Promise<string> {
  return (await tx.rows(body, { installation, feed, eventId }))[0]?.body ?? 'null';
}

/** Deletes an event unless some reader with a cursor still has a row for it. */
export async function dropEvent(tx: Tx, installation: string, feed: string, eventId: number): Promise<void> {
  await tx.change(dropOne, { installation, feed, eventId });
}
