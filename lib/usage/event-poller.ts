import type { Clock } from '../clock';
import type { Store } from '../state/port';
import type { WapConnection } from '../wap/connection';
import { eventFeeds, type EventFeed as FeedName } from '../wap/types';
import { claimReader } from './claims';
import type { StartPosition } from './cursors';
import { EventFeed } from './event-feed';
import { batchMessage, type EventMessage, singleMessage } from './event-message';
import type { FetchParent } from './parents';
import { PollLoop, type PollLoopSettings } from './poll-loop';
import { wholePlan } from './whole-plan';

export interface EventPollerSettings extends Omit<PollLoopSettings, 'feed' | 'emit'> {
  wap: Pick<WapConnection, 'installation' | 'admin' | 'usage'>;
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

/** A poll of WAP's events that sends messages; `run` starts it.
 *  @throws INPUT_CONFIG when another one reads the same for the same consumer; INPUT_MISSING, INPUT_INVALID naming the
 *  setting. */
export function openEventPoller(settings: EventPollerSettings): PollLoop {
  const { wap, store, consumer, signal, clock, batchSize, send } = settings;
  const key = { installation: wap.installation, consumer };
  const feed = new EventFeed({
    store,
    usage: wap.usage,
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
  return new PollLoop({
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
}

/** Subscriptions are not looked up: no feed here waits for one. */
function parentFrom({ admin }: Pick<WapConnection, 'admin'>): FetchParent {
  return async ({ type, id }, signal) =>
    type === 'subscription' || (await admin.find(type, id, signal ? { signal } : {})) !== null;
}
