import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** Acknowledged events of one entity below an id, oldest first. */
const earlier = statement<{ body: string }>(`
  SELECT i.body FROM delivery d JOIN inbox i
    ON i.installation = d.installation AND i.feed = d.feed AND i.event_id = d.event_id
  WHERE d.installation = :installation AND d.consumer = :consumer AND d.feed = :feed AND d.entity_key = :entityKey
  AND d.event_id < :eventId AND i.state = 0 ORDER BY d.event_id`);

/** Bodies that the inbox still has of an entity from before an event. */
export async function earlierEvents(
  tx: Tx,
  key: ConsumerKey,
  before: { feed: string; entityKey: string; eventId: number },
): Promise<string[]> {
  return (await tx.rows(earlier, { ...key, ...before })).map(row => row.body);
}
