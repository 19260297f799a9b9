import type { CallOptions } from './admin';
import type { EventFeed, UsageEvent } from './types';

/** WAP's usage API (port 30022). At most one request in flight per feed. Reading deletes nothing: safe to repeat. */
export interface WapUsage {
  /** Events of `/billing/<feed>` from `startId` on (inclusive), sorted by `EventId`; an empty page means nothing newer
   *  yet. `batchSize` 1 to 10000. A feed that WAP does not offer (404) answers `null`.
   *  Source: dn448739, dn532189. */
  events(feed: EventFeed, startId: number, batchSize: number, options?: CallOptions): Promise<UsageEvent[] | null>;
}
