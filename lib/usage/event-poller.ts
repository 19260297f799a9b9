import type { Clock } from '../clock';
import { AdapterError } from '../errors';
import type { Store } from '../state/port';
import type { WapConnection } from '../wap/connection';
import { eventFeeds, type EventFeed as FeedName } from '../wap/types';
import type { WapUsage } from '../wap/usage';
import { claimReader } from './claims';
import type { StartPosition } from './cursors';
import type { Batch } from './delivery';
import { EventFeed, type FeedStatus } from './event-feed';
import { batchMessage, type EventMessage, singleMessage } from './event-message';
import type { FetchParent } from './parents';
import { PollLoop, type PollLoopSettings } from './poll-loop';
import { feedNeeded, Poller } from './poller';
import { wholePlan } from './whole-plan';

export interface EventPollerSettings extends Omit<PollLoopSettings, 'feed' | 'emit'> {
  wap: Pick<WapConnection, 'installation' | 'admin' | 'subscriptions' | 'usage'>;
  store: Store;
  consumer: string;
  /** Who polls, for a person. */
  owner: string;
  feeds: Partial<Record<FeedName, boolean>>;
  start: StartPosition;
  pageSize: number;
  /** Events in one message, as an array; null sends each as a message of its own. */
  batchSize: number | null;
  maxOpenBatches: number;
  redeliveryMs: number;
  clock: Clock;
  send(message: EventMessage): void;
}

const noReplay =
  'replay: events are not replayed. To get them again, give the poll another reader name and say where it begins.';

/** A poll of WAP's events that sends messages; `run` starts it.
 *  @throws INPUT_CONFIG when another one reads the same for the same consumer; INPUT_MISSING, INPUT_INVALID naming the
 *  setting. */
export function openEventPoller(settings: EventPollerSettings): Poller<Batch, FeedStatus> {
  const { wap, store, consumer, signal, clock, batchSize, send } = settings;
  const key = { installation: wap.installation, consumer };
  const feed = new EventFeed({
    store,
    usage: whatIsOffered(wap.usage),
    ...key,
    feeds: eventFeeds.filter(name => settings.feeds[name]),
    clock,
    fetchParent: parentFrom(wap),
    options: {
      start: settings.start,
      pageSize: settings.pageSize,
      batchSize: batchSize ?? 1,
      maxOpenBatches: settings.maxOpenBatches,
      redeliveryMs: settings.redeliveryMs,
    },
  });
  const release = claimReader(store, key, settings.owner);
  signal.addEventListener('abort', release, { once: true });
  const loop = new PollLoop({
    ...settings,
    feed,
    emit: async batch => {
      const [single] = batch.events;
      if (batchSize !== null || !single) return send(batchMessage(batch));
      const whole = await wholePlan(store, key, single, wap.admin, signal);
      signal.throwIfAborted();
      send(singleMessage(batch, single, whole));
    },
  });
  const hands = {
    deadLetters: () => feed.deadLetters(1000),
    sendAgain: (eventId: number, of?: FeedName) => feed.sendAgain(feedNeeded(of), eventId),
    discard: (eventId: number, of: FeedName | undefined, reason: string) =>
      feed.discard(feedNeeded(of), eventId, reason),
    replay: async () => {
      throw new AdapterError('INPUT_INVALID', noReplay, { subject: 'control' });
    },
  };
  return new Poller(loop, hands, settings.settled);
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

function parentFrom({ admin, subscriptions }: EventPollerSettings['wap']): FetchParent {
  return async ({ type, id }, signal) => {
    const call = signal ? { signal } : {};
    return (type === 'subscription' ? await subscriptions.find(id, call) : await admin.find(type, id, call)) !== null;
  };
}
