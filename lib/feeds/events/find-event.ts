import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed } from '../../wap/types';
import { searchId, timeOf } from '../find-id';
import { readPage } from './read-page';

/** The highest id of an event before `time` (ms UTC) over the feeds, as far as ids and times go up together; -1 when there
 *  is none. Some 50 requests of one event a feed.
 *  @throws WAP_… when a feed cannot be read. */
export async function idBefore(
  usage: Pick<WapUsage, 'events'>,
  feeds: readonly EventFeed[],
  time: number,
): Promise<number> {
  let highest = -1;
  for (const feed of feeds) highest = Math.max(highest, (await firstIdFrom(usage, feed, time)) - 1);
  return highest;
}

/** The lowest id of a feed from which on all events are of `time` or later. */
export async function firstIdFrom(
  usage: Pick<WapUsage, 'events'>,
  feed: EventFeed,
  time: number,
  signal?: AbortSignal,
): Promise<number> {
  const next = async (id: number) => (await readPage(usage, feed, id, 1, signal))[0];
  return searchId(next, event => timeOf(event.NotificationEventTimeCreated) >= time);
}
