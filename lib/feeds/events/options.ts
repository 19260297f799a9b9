import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';
import type { Store } from '../../state/port';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed } from '../../wap/types';
import type { StartPosition } from './cursors';
import { feedTable } from './feed-table';
import type { FetchParent } from './parents';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How an event feed reads, emits and forgets. Times in ms. */
export interface FeedOptions {
  /** Where reading begins in a feed that was never read. */
  start: StartPosition;
  /** Events asked for at once, 1 to 10000 (WAP's own limit, dn532189). */
  pageSize: number;
  /** Pages stored in one poll, once each feed was asked; the rest comes with the next. */
  maxPages: number;
  /** Ids below the cursor that each poll reads again, so that one that WAP shows late is not missed. */
  overlap: number;
  /** What was read within this time is read again too... */
  overlapMs: number;
  /** ...and at longer intervals what was read within this one, as long as ids are missing there; then they are given up,
   *  with an alarm. 0: not at all. */
  missingMs: number;
  /** WAP deletes events of this age; 0: as WAP does unless told otherwise. */
  retentionMs: number;
  /** Open events at which reading stops. */
  maxOpen: number;
  /** Events in a batch; 1 emits them singly. */
  batchSize: number;
  /** Batches that may be open at a time. */
  maxOpenBatches: number;
  /** An unacknowledged batch comes again after this. */
  redeliveryMs: number;
  /** How long an event waits for its parent to come in the feeds before WAP is asked for it. */
  parentLimitMs: number;
  /** How long WAP may take to decide on an event before there is an alarm. */
  pendingLimitMs: number;
  /** How long settled events are kept, `keepRows` a feed at most; dead letters are kept for `keepDeadMs`. */
  keepMs: number;
  keepRows: number;
  keepDeadMs: number;
}

/** What holds where the settings say nothing. 40 days is the time after which WAP deletes events by itself. */
export const feedDefaults: FeedOptions = {
  start: 'beginning',
  pageSize: 1000,
  maxPages: 100,
  overlap: 100,
  overlapMs: 15 * minute,
  missingMs: day,
  retentionMs: 40 * day,
  maxOpen: 20_000,
  batchSize: 100,
  maxOpenBatches: 1,
  redeliveryMs: 10 * minute,
  parentLimitMs: 5 * minute,
  pendingLimitMs: day,
  keepMs: 7 * day,
  keepRows: 100_000,
  keepDeadMs: 40 * day,
};

/** Whose events are read, by whom, and into which store. */
export interface EventFeedSettings {
  store: Store;
  usage: Pick<WapUsage, 'events'>;
  /** Short name of the WAP installation: part of every key. */
  installation: string;
  /** Who reads, by a name of its own. Every reader gets everything, with cursors and outcomes of its own. */
  reader: string;
  feeds: readonly EventFeed[];
  /** Whose new beginnings count, if not the reader's own: a replay counts ids as the reader does whose past it reads. */
  beginningsOf?: string;
  /** Which replay it is, if any: its batches carry the name. */
  replay?: string;
  /** The last id that is read; none when left out. */
  toId?: number;
  clock: Clock;
  fetchParent: FetchParent;
  options?: Partial<FeedOptions>;
}

/** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
export function checkSettings(settings: EventFeedSettings): FeedOptions {
  for (const field of ['installation', 'reader'] as const) {
    if (!settings[field]) throw new AdapterError('INPUT_MISSING', `Events: ${field} is empty.`, { subject: field });
  }
  if (settings.feeds.length === 0) {
    throw AdapterError.advising('INPUT_MISSING', 'Events: choose at least one feed.', { subject: 'feeds' });
  }
  const unknown = settings.feeds.find(feed => !Object.hasOwn(feedTable, feed));
  if (unknown !== undefined) {
    const known = Object.keys(feedTable).join(', ');
    throw new AdapterError('INPUT_INVALID', `Events: a feed is not known; there are ${known}.`, { subject: 'feeds' });
  }
  const options = { ...feedDefaults, ...settings.options };
  const { start, ...counts } = options;
  const bounds = { ...counts, ...(typeof start === 'number' ? { start } : {}) };
  for (const [field, value] of Object.entries(bounds)) {
    const least = ['pageSize', 'maxPages', 'maxOpen', 'batchSize', 'maxOpenBatches'].includes(field) ? 1 : 0;
    const most = field === 'pageSize' || field === 'batchSize' ? 10_000 : Number.MAX_SAFE_INTEGER;
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    const sentence = `Events: ${field} must be a whole number from ${least} to ${most}.`;
    throw new AdapterError('INPUT_INVALID', sentence, { subject: field });
  }
  return options;
}
