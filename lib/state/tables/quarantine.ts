import { statement, type Tx } from '../port';
import { letterTotal, quarantinePlace } from './letter-count';

/** A second, different body under an id; the first one is in the inbox or in a page of usage. */
export interface QuarantinedBody {
  feed: string;
  eventId: number;
  /** The JSON text as WAP sent it. */
  body: string;
  /** When it was set aside, ms UTC. */
  seenAt: number;
}

const add = statement(`
  INSERT INTO quarantine (installation, feed, event_id, body_hash, body, seen_at)
  VALUES (:installation, :feed, :eventId, :hash, :body, :now)
  ON CONFLICT (installation, feed, event_id, body_hash) DO NOTHING`);
const list = statement<{ feed: string; event_id: number; body: string; seen_at: number }>(`
  SELECT feed, event_id, body, seen_at FROM quarantine WHERE installation = :installation AND discarded_at IS NULL
  ORDER BY event_id, feed, body_hash LIMIT :limit`);
/** Kept, so that the same body is recognised when it comes again. */
const discard = statement(`
  UPDATE quarantine SET discarded_at = :now
  WHERE installation = :installation AND feed = :feed AND event_id = :eventId AND body_hash = :hash
  AND discarded_at IS NULL`);
/** Of usage only records stored singly: a page would have to be unpacked. */
const first = statement<{ body: string }>(`
  SELECT body FROM inbox WHERE installation = :installation AND feed = :feed AND event_id = :eventId
  UNION ALL SELECT e.body FROM usage_exception e JOIN usage_stream s ON s.id = e.stream
  WHERE :feed = 'usage' AND s.installation = :installation AND e.event_id = :eventId LIMIT 1`);
/** Counted up to 10 000, so that the look stays short however many there are. */
const countSome = (condition: string) =>
  statement<{ total: number }>(`
    SELECT COUNT(*) AS total FROM (SELECT 1 FROM quarantine
      WHERE letter = 'quarantine' AND installation = :installation AND ${condition} LIMIT 10000) AS some`);
const countUsage = countSome("feed = 'usage'");
const countEvents = countSome("feed <> 'usage'");
/** Kept while the first body is: they may be compared, or raise the alarm again. */
const prune = statement(`
  DELETE FROM quarantine WHERE installation = :installation AND seen_at < :cutoff
  AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.installation = quarantine.installation
    AND i.feed = quarantine.feed AND i.event_id = quarantine.event_id)
  AND NOT EXISTS (SELECT 1 FROM usage_stream s JOIN usage_page p ON p.stream = s.id
    WHERE quarantine.feed = 'usage' AND s.installation = quarantine.installation
    AND quarantine.event_id BETWEEN p.first_id AND p.last_id)
  AND NOT EXISTS (SELECT 1 FROM usage_stream s JOIN usage_exception e ON e.stream = s.id
    WHERE quarantine.feed = 'usage' AND s.installation = quarantine.installation
    AND e.event_id = quarantine.event_id)`);

/** Sets a body aside; false when it is there already. */
export async function quarantineBody(
  tx: Tx,
  installation: string,
  later: { feed: string; eventId: number; hash: string; body: string; now: number },
): Promise<boolean> {
  return (await tx.change(add, { installation, ...later })) > 0;
}

/** What nobody has discarded, lowest id first, with the JSON text as WAP sent it. */
export async function selectQuarantine(tx: Tx, installation: string, limit: number): Promise<QuarantinedBody[]> {
  const rows = await tx.rows(list, { installation, limit });
  return rows.map(row => ({ feed: row.feed, eventId: row.event_id, body: row.body, seenAt: row.seen_at }));
}

/** Bodies of usage or events that nobody has discarded, counted up to 10 000. */
export async function quarantineCountOf(tx: Tx, installation: string, of: 'usage' | 'events'): Promise<number> {
  return (await tx.rows(of === 'usage' ? countUsage : countEvents, { installation }))[0]?.total ?? 0;
}

/** Bodies that nobody has discarded. */
export function quarantineCount(tx: Tx, installation: string): Promise<number> {
  return letterTotal(tx, quarantinePlace(installation), 'quarantine');
}

/** Notes that a person has dealt with it; false when somebody has already. */
export async function discardQuarantined(
  tx: Tx,
  of: { installation: string; feed: string; eventId: number; hash: string },
  now: number,
): Promise<boolean> {
  return (await tx.change(discard, { ...of, now })) > 0;
}

/** Deletes what was dealt with before `cutoff`, under ids of which nothing else is stored. */
export async function pruneQuarantine(tx: Tx, installation: string, cutoff: number): Promise<void> {
  await tx.change(prune, { installation, cutoff });
}

/** The first body under the id of one in quarantine; null when it is not stored by itself. */
export async function quarantinedFirst(
  tx: Tx,
  { installation, feed, eventId }: { installation: string; feed: string; eventId: number },
): Promise<string | null> {
  return (await tx.rows(first, { installation, feed, eventId }))[0]?.body ?? null;
}
