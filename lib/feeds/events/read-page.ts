import { AdapterError } from '../../errors';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed, UsageEvent } from '../../wap/types';

/** A page in id order; a feed that WAP does not offer is an empty one.
 *  @throws WAP_BAD_RESPONSE when an id is no whole number, or no page can follow (WAP ignored `startId`). */
export async function readPage(
  usage: Pick<WapUsage, 'events'>,
  feed: EventFeed,
  startId: number,
  batchSize: number,
  signal?: AbortSignal,
): Promise<UsageEvent[]> {
  const events = (await usage.events(feed, startId, batchSize, signal ? { signal } : {})) ?? [];
  for (const event of events) {
    if (!Number.isSafeInteger(event.EventId) || event.EventId < 0)
      throw unreadable(feed, 'an EventId is no whole number');
  }
  // No page of the documentation promises an order, and the cursor moves to the last id.
  const page = [...events].sort((a, b) => a.EventId - b.EventId);
  const last = page.at(-1);
  if (last && last.EventId < startId) throw unreadable(feed, `the page from ${startId} ends at ${last.EventId}`);
  return page;
}

/** WAP_BAD_RESPONSE naming the feed. */
function unreadable(feed: EventFeed, what: string): AdapterError {
  return new AdapterError('WAP_BAD_RESPONSE', `WAP's feed ${feed} cannot be read: ${what}.`, { subject: feed });
}
