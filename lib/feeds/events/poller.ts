import type { Clock } from '../../async/clock';
import type { Store } from '../../state/port';
import type { WapUsage } from '../../wap/client/usage';
import type { WapConnection } from '../../wap/connection';
import { eventFeeds, type EventFeed as FeedName } from '../../wap/types';
import { Attention } from '../loop/attention';
import type { PollLoopSettings } from '../loop/contract';
import { PollLoop } from '../loop/poll-loop';
import { Poller } from '../loop/poller';
import { claimReader } from '../sole-reader';
import type { StartPosition } from './cursors';
import type { Batch } from './delivery';
import { replayKey } from './forget-replays';
import { batchMessage, type EventMessage, singleMessage } from './message';
import type { FetchParent } from './parents';
import { EventReader, type EventReaderStatus, type EventReplayStatus } from './reader';
import { wholePlan } from './whole-plan';

/** What a node that polls events says; times in ms. */
export interface EventPollerSettings extends Omit<PollLoopSettings<Batch, EventReaderStatus>, 'feed' | 'emit'> {
  wap: Pick<WapConnection, 'installation' | 'admin' | 'subscriptions' | 'usage'>;
  store: Store;
  /** The name of the reader; two of one name are refused. */
  reader: string;
  /** Who polls, for a person. */
  owner: string;
  /** Which feeds are read. A parent whose feed is not among them is looked up in WAP at once. */
  feeds: Partial<Record<FeedName, boolean>>;
  start: StartPosition;
  pageSize: number;
  /** Events in one message, as an array; null sends each as a message of its own. */
  batchSize: number | null;
  maxOpenBatches: number;
  redeliveryMs: number;
  /** What was read within this time is read again, and missing ids are asked for within the longer one, ms. */
  overlapMs: number;
  missingMs: number;
  /** WAP deletes events of this age, ms; 0: as WAP does unless told otherwise. */
  retentionMs: number;
  clock: Clock;
  /** Sends one message into the flow; for each batch at least once. */
  send(message: EventMessage): void;
  /** A replay has come to its end. */
  replayed(replay: EventReplayStatus): void;
}

/** A poll of WAP's events that sends messages; `run` starts it.
 *  @throws INPUT_CONFIG when another one reads the same under the same name; INPUT_MISSING, INPUT_INVALID naming the
 *  setting. */
export function openEventPoller(settings: EventPollerSettings): Poller<Batch, EventReaderStatus> {
  const { wap, store, reader: name, signal, clock, batchSize, send } = settings;
  const { installation } = wap;
  const key = { installation, consumer: name };
  const { start, pageSize, maxOpenBatches, redeliveryMs, overlapMs, missingMs, retentionMs } = settings;
  const feeds = eventFeeds.filter(feed => settings.feeds[feed]);
  // Page by page, so that what is stored goes out between two pages; or as many as fill a batch.
  const maxPages = batchSize === null ? 1 : Math.ceil(batchSize / pageSize) * Math.max(1, feeds.length);
  const reads = { start, pageSize, maxPages, overlapMs, missingMs, retentionMs };
  const options = { ...reads, batchSize: batchSize ?? 1, maxOpenBatches, redeliveryMs };
  const who = { installation, reader: name, feeds };
  const from = { store, usage: whatIsOffered(wap.usage), ...who, clock, fetchParent: parentFrom(wap), options };
  const reader = new EventReader(from, settings.replayed);
  const release = claimReader(store, key, settings.owner);
  signal.addEventListener('abort', release, { once: true });
  const loop = new PollLoop<Batch, EventReaderStatus>({
    ...settings,
    attention: new Attention(store, clock, { ...key, source: 'events' }),
    feed: reader,
    emit: async batch => {
      const [single] = batch.events;
      if (batchSize !== null || !single) return send(batchMessage(batch));
      const of = batch.replay === undefined ? key : replayKey(key, batch.replay);
      const whole = await wholePlan(store, of, single, wap.admin, signal);
      signal.throwIfAborted();
      send(singleMessage(batch, single, whole));
    },
  });
  return new Poller(loop, reader, settings.settled);
}

/** A feed that WAP does not offer (`addOnServices` has no page) is asked for once. */
function whatIsOffered(usage: WapUsage): WapUsage {
  const missing = new Set<FeedName>();
  return {
    records: (startId, batchSize, options) => usage.records(startId, batchSize, options),
    events: async (feed, startId, batchSize, options) => {
      if (missing.has(feed)) return null;
      const events = await usage.events(feed, startId, batchSize, options);
      if (events === null) missing.add(feed);
      return events;
    },
  };
}

/** Asks WAP for a parent; subscriptions have a client of their own. */
function parentFrom({ admin, subscriptions }: EventPollerSettings['wap']): FetchParent {
  return async ({ type, id }, signal) => {
    const call = signal ? { signal } : {};
    return (type === 'subscription' ? await subscriptions.find(id, call) : await admin.find(type, id, call)) !== null;
  };
}
