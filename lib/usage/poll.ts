import type { Clock } from '../clock';
import { advanceCursor, type ConsumerKey, type Cursor, selectCursors } from '../state/cursor';
import { countOpenUpTo, openCounts } from '../state/delivery-status';
import type { Store } from '../state/port';
import type { EventFeed } from '../wap/types';
import type { WapUsage } from '../wap/usage';
import type { Alarm } from './alarms';
import { ensureCursor, horizonOf, refreshDelivered } from './cursors';
import type { FeedOptions } from './feed-options';
import { storePage } from './inbox';
import { rereadPending } from './pending';
import { readPage } from './read-page';

/** The last id of what goes on for ever. */
export const noEnd = Number.MAX_SAFE_INTEGER;

export interface PollContext {
  store: Store;
  usage: WapUsage;
  key: ConsumerKey;
  feeds: readonly EventFeed[];
  /** The last id that is read. */
  toId: number;
  clock: Clock;
  options: FeedOptions;
  epoch: number;
  signal?: AbortSignal;
}

export interface FeedFailure {
  feed: EventFeed | null;
  error: unknown;
}

export interface PollResult {
  /** Events that are new here. */
  fetched: number;
  alarms: Alarm[];
  /** Feeds (or, with `null`, parents) that could not be read this time; the others went on. */
  failures: FeedFailure[];
  /** Reading ended before the end of the feeds: too much is open, or enough pages for once. */
  stopped: 'full' | 'pages' | null;
}

/** Reads the feeds to their ends, merged: the next page is always of the feed that is furthest behind, and asked for
 *  only after the last one is on disk. It ends when every feed showed its end after the highest id was seen, so that
 *  no lower id can be unread. */
export async function readFeeds(context: PollContext): Promise<PollResult> {
  const round = new Round(context);
  await round.begin();
  while (await round.readNext());
  return round.result;
}

class Round {
  readonly result: PollResult = { fetched: 0, alarms: [], failures: [], stopped: null };
  readonly #failed = new Set<EventFeed>();
  /** Feeds whose last page was empty. */
  readonly #ended = new Set<EventFeed>();
  /** Where a feed goes on, once it was read in this round. */
  readonly #next = new Map<EventFeed, number>();
  #pages = 0;

  constructor(private readonly context: PollContext) {}

  /** Cursors for new feeds, and a second look at what WAP had not decided on. */
  async begin(): Promise<void> {
    const { store, usage, key, feeds, clock, options, epoch, signal } = this.context;
    const call = { batchSize: options.pageSize, ...(signal ? { signal } : {}) };
    for (const feed of feeds) {
      await this.#attempt(feed, async () => {
        const now = clock.now();
        const cursor = await ensureCursor(store, key, { feed, epoch, start: options.start, now }, usage, call);
        const mine = { ...cursor, epoch };
        this.result.alarms.push(...(await rereadPending(store, key, usage, { feed, cursor: mine, now, ...call })));
      });
    }
  }

  /** Reads one page; false when the round is over. */
  async readNext(): Promise<boolean> {
    const { store, key, feeds, options } = this.context;
    this.context.signal?.throwIfAborted();
    const cursors = await store.transaction(tx => selectCursors(tx, key));
    const seen = Math.max(...cursors.map(cursor => cursor.fetched), -1);
    const next = this.#furthestBehind(cursors, seen);
    if (!next) return false;
    if (await this.#full(horizonOf(cursors, feeds), next.cursor)) return this.#stop('full');
    if (this.#pages++ >= options.maxPages) return this.#stop('pages');
    await this.#attempt(next.feed, () => this.#readPage(next.feed, next.cursor, seen));
    return true;
  }

  #furthestBehind(cursors: Cursor[], seen: number): { feed: EventFeed; cursor: Cursor } | undefined {
    const open = this.context.feeds.flatMap(feed => {
      const cursor = cursors.find(each => each.feed === feed);
      if (!cursor || this.#failed.has(feed) || cursor.readTo >= this.context.toId) return [];
      if (this.#ended.has(feed) && cursor.readTo >= seen) return [];
      return [{ feed, cursor }];
    });
    return open.sort((a, b) => a.cursor.readTo - b.cursor.readTo)[0];
  }

  async #readPage(feed: EventFeed, cursor: Cursor, seen: number): Promise<void> {
    const { store, usage, key, clock, options, epoch, signal, toId } = this.context;
    const again = Math.max(cursor.forgotten + 1, cursor.fetched + 1 - options.overlap, 0);
    const startId = this.#next.get(feed) ?? again;
    const events = await readPage(usage, feed, startId, options.pageSize, signal);
    const last = events.at(-1);
    const [now, mine] = [clock.now(), { ...cursor, epoch }];
    if (!last) {
      this.#ended.add(feed);
      // What has an end is over where WAP has no more.
      const readTo = toId === noEnd ? seen : toId;
      await store.transaction(tx => advanceCursor(tx, key, { feed, fetched: -1, readTo, epoch, now }));
      return;
    }
    const page = { feed, events, highest: toId, readTo: last.EventId > toId ? toId : -1, cursor: mine, now };
    const stored = await store.transaction(async tx => {
      const kept = await storePage(tx, key, page);
      await refreshDelivered(tx, key, new Set([feed]));
      return kept;
    });
    this.#ended.delete(feed);
    this.#next.set(feed, last.EventId + 1);
    this.result.fetched += stored.fresh;
    this.result.alarms.push(...stored.alarms);
  }

  /** Too much is open; but a feed that alone keeps stored events back is read on, or nothing could ever move. */
  async #full(horizon: number, next: Cursor): Promise<boolean> {
    const { store, key, options } = this.context;
    return store.transaction(async tx => {
      const open = [...(await openCounts(tx, key)).values()].reduce((sum, count) => sum + count.total, 0);
      if (open < options.maxOpen) return false;
      return next.readTo > horizon || (await countOpenUpTo(tx, key, horizon)) > 0;
    });
  }

  #stop(why: 'full' | 'pages'): false {
    this.result.stopped = why;
    if (why === 'full') {
      const message =
        `${this.context.options.maxOpen} events or more are not settled: reading stops until the flow acknowledges ` +
        'them. Nothing is lost.';
      this.result.alarms.push({ kind: 'full', feed: null, eventId: null, message });
    }
    return false;
  }

  /** A feed that fails is left for this round; the others go on. */
  async #attempt(feed: EventFeed, work: () => Promise<void>): Promise<void> {
    if (this.#failed.has(feed)) return;
    try {
      await work();
    } catch (error) {
      if (this.context.signal?.aborted) throw error;
      this.#failed.add(feed);
      this.result.failures.push({ feed, error });
    }
  }
}
