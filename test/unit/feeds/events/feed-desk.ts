import { EventFeed } from '../../../../lib/feeds/events/feed';
import type { EventFeedSettings, FeedOptions } from '../../../../lib/feeds/events/options';
import type { Store } from '../../../../lib/state/port';
import { StillClock, scratchStore } from '../../state/scratch';
import { MemoryWap } from '../memory-wap';

export const done = { result: 'delivered' } as const;

/** Event feeds over a WAP in memory, and what tests ask of them. */
export class FeedDesk {
  readonly wap = new MemoryWap();
  /** Parents that WAP was asked for. */
  readonly looked: string[] = [];
  /** Ids of plans and add-ons that WAP's admin API knows. */
  readonly known = new Set<string>();

  private constructor(
    readonly clock: StillClock,
    readonly store: Store,
  ) {}

  static async open(): Promise<FeedDesk> {
    const clock = new StillClock();
    return new FeedDesk(clock, await scratchStore(clock));
  }

  settings(options: Partial<FeedOptions> = {}): EventFeedSettings {
    return {
      ...{ store: this.store, usage: this.wap, installation: 'wap', reader: 'billing', clock: this.clock },
      feeds: ['plans', 'addons', 'planServices', 'planAddons'],
      fetchParent: async ({ type, id }) => {
        this.looked.push(`${type} ${id}`);
        return this.known.has(id);
      },
      options: { maxOpenBatches: 10, ...options },
    };
  }

  feed(options: Partial<FeedOptions> = {}): EventFeed {
    return new EventFeed(this.settings(options));
  }
}

/** Ids of the next batch. */
export async function idsOf(feed: EventFeed): Promise<number[] | null> {
  return (await feed.next())?.events.map(each => each.event.EventId) ?? null;
}

/** Polls, and gives the alarms that it raised. */
export async function alarmsOf(feed: EventFeed): Promise<string[]> {
  return (await feed.poll()).alarms.map(alarm => `${alarm.kind} ${alarm.eventId}`);
}

export async function cursorOf(feed: EventFeed, name: string) {
  const { fetched, delivered } = (await feed.status()).feeds.find(each => each.feed === name) ?? {};
  return { fetched, delivered };
}
