import type { Store } from '../state/port';
import type { ConsumerKey } from '../state/tables/cursor';
import { beginningsOf, type Source } from '../state/tables/new-beginning';
import { recordPage } from '../wap/client/read-record';
import type { WapUsage } from '../wap/client/usage';
import { IdMap } from './id-map';

/** How a reader counts WAP's ids now. Read anew for each page: a new beginning may have come between two. */
export async function idMapOf(store: Store, key: ConsumerKey, source: Source): Promise<IdMap> {
  return new IdMap(await store.transaction(tx => beginningsOf(tx, key, source)));
}

/** WAP's events with the ids under which a reader counts them. */
export function countedEvents(
  usage: Pick<WapUsage, 'events'>,
  store: Store,
  key: ConsumerKey,
): Pick<WapUsage, 'events'> {
  return {
    events: async (feed, startId, batchSize, options) => {
      const map = await idMapOf(store, key, 'events');
      const events = await usage.events(feed, map.startFor(startId), batchSize, options);
      if (map.isPlain || events === null) return events;
      return events.map(event => ({ ...event, EventId: map.ours(event.EventId) }));
    },
  };
}

/** WAP's usage records with the ids under which a reader counts them. */
export function countedRecords(
  usage: Pick<WapUsage, 'records'>,
  store: Store,
  key: ConsumerKey,
): Pick<WapUsage, 'records'> {
  return {
    records: async (startId, batchSize, options) => {
      const map = await idMapOf(store, key, 'usage');
      const page = await usage.records(map.startFor(startId), batchSize, options);
      if (map.isPlain) return page;
      return recordPage(page.records.map(record => ({ ...record, EventId: map.ours(record.EventId) })));
    },
  };
}
