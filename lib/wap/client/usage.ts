import type { EventFeed, UsageEvent, UsageRecord } from '../types';
import type { CallOptions } from './admin';

/** A page of usage records sorted by id, and the same page as UTF-8 JSON: WAP's own bytes wherever they can be kept. */
export interface RecordPage {
  records: UsageRecord[];
  json: Uint8Array;
}

/** WAP's usage API (port 30022). At most one request in flight per feed. Reading deletes nothing: safe to repeat. */
export interface WapUsage {
  /** Events of `/billing/<feed>` from `startId` on (inclusive), sorted by `EventId`; an empty page means nothing newer
   *  yet. `batchSize` 1 to 10000. A feed that WAP does not offer (404) answers `null`.
   *  Source: dn448739, dn532189. */
  events(feed: EventFeed, startId: number, batchSize: number, options?: CallOptions): Promise<UsageEvent[] | null>;

  /** Records of `/usage` from `startId` on (inclusive), of all providers; an empty page means nothing newer yet.
   *  `batchSize` 1 to 10000. Values stay texts. No page states the order, so they are sorted.
   *  @throws WAP_BAD_RESPONSE for a page that is no list, or a record without an id. Source: dn448813, dn448669, dn532189. */
  records(startId: number, batchSize: number, options?: CallOptions): Promise<RecordPage>;
}
