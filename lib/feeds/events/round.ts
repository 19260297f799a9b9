import { type Cursor, selectCursors } from '../../state/tables/cursor';
import { countOpenUpTo, openCounts } from '../../state/tables/delivery-status';
import { allFeeds, noteMark } from '../../state/tables/feed-mark';
import type { EventFeed } from '../../wap/types';
import type { Alarm } from '../alarms';
import { isRefused } from '../refusals';
import { ensureCursor, horizonOf } from './cursors';
import { FeedPages, noEnd, type PollContext } from './feed-pages';
import { rereadPending } from './pending';

/** Why a feed could not be read; null stands for look-ups of parents. */
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
 *  only after the last one is on disk. It ends when every feed has shown its end, and each is read as far as the highest id
 *  that was known by then, so that no lower id can be unread; what WAP makes meanwhile is left for the next round. */
export class Round {
  readonly #context: PollContext;
  readonly #pages: FeedPages;
  /** Of this part of the round; failures are kept for all of it. */
  #result: PollResult = { fetched: 0, alarms: [], failures: [], stopped: null };
  #begun = false;
  readonly #failures: FeedFailure[] = [];
  readonly #failed = new Set<EventFeed>();
  readonly #asked = new Set<EventFeed>();
  /** The highest id known when all feeds had shown their end. */
  #target: number | null = null;

  constructor(context: PollContext) {
    this.#context = context;
    this.#pages = new FeedPages(context);
  }

  /** Reads a part of the round: up to `maxPages` pages, and each feed at least once at its beginning. `stopped` says `pages` when
   *  it goes on. What failed in the round so far is in the result. */
  async read(): Promise<PollResult> {
    this.#result = { fetched: 0, alarms: [], failures: this.#failures, stopped: null };
    if (!this.#begun) await this.#begin();
    this.#begun = true;
    for (let pages = 0; await this.#readNext(pages); pages++);
    if (this.#result.stopped !== 'pages') await this.#noteMarks();
    return { ...this.#result, failures: [...this.#failures] };
  }

  /** Cursors for new feeds, and a second look at what WAP had not decided on. */
  async #begin(): Promise<void> {
    const { store, usage, key, feeds, clock, options, epoch, signal } = this.#context;
    const call = { batchSize: options.pageSize, ...(signal ? { signal } : {}) };
    const cursors: Cursor[] = [];
    for (const feed of feeds) {
      await this.#attempt(feed, async () => {
        const now = clock.now();
        const cursor = await ensureCursor(store, key, { feed, epoch, start: options.start, now }, usage, call);
        cursors.push(cursor);
        const { retentionMs } = options;
        const at = { feed, cursor: { ...cursor, epoch }, now, retentionMs, emptied: this.#context.emptied, ...call };
        this.#result.alarms.push(...(await rereadPending(store, key, usage, at)));
      });
    }
    await this.#pages.findStarts(cursors);
  }

  /** How far the feeds are read by now. */
  async #noteMarks(): Promise<void> {
    const { store, key, clock, toId } = this.#context;
    if (toId !== noEnd) return;
    const now = clock.now();
    await store.transaction(async tx => {
      const cursors = await selectCursors(tx, key);
      const seen = Math.max(...cursors.map(({ fetched }) => fetched), -1);
      const marks = cursors.map(({ feed, fetched: position }) => ({ feed, position, now }));
      for (const mark of [...marks, { feed: allFeeds, position: seen, now }]) await noteMark(tx, key, mark);
    });
  }

  /** Reads one page; false when the round, or this part of it, is over. */
  async #readNext(pages: number): Promise<boolean> {
    const { store, key, feeds, options } = this.#context;
    this.#context.signal?.throwIfAborted();
    const cursors = await store.transaction(tx => selectCursors(tx, key));
    const seen = Math.max(...cursors.map(cursor => cursor.fetched), -1);
    if (feeds.every(feed => this.#isOver(feed, cursors))) this.#target ??= seen;
    const next = this.#furthestBehind(cursors, seen);
    if (!next) return false;
    if (await this.#full(horizonOf(cursors, feeds), next.cursor)) return this.#stop('full');
    if (pages >= options.maxPages && feeds.every(feed => this.#asked.has(feed))) return this.#stop('pages');
    this.#asked.add(next.feed);
    await this.#attempt(next.feed, async () => {
      const { fresh, alarms } = await this.#pages.read(next.feed, next.cursor, seen);
      this.#result.fetched += fresh;
      this.#result.alarms.push(...alarms);
    });
    return true;
  }

  /** Whether the feed has shown its end, or shows nothing in this round. */
  #isOver(feed: EventFeed, cursors: readonly Cursor[]): boolean {
    if (this.#failed.has(feed) || this.#pages.hasEnded(feed)) return true;
    return (cursors.find(each => each.feed === feed)?.readTo ?? -1) >= this.#context.toId;
  }

  /** The feed to ask next; undefined when the round is over. */
  #furthestBehind(cursors: Cursor[], seen: number): { feed: EventFeed; cursor: Cursor } | undefined {
    const open = this.#context.feeds.flatMap(feed => {
      const cursor = cursors.find(each => each.feed === feed);
      if (!cursor || this.#failed.has(feed) || cursor.readTo >= this.#context.toId) {
        this.#asked.add(feed); // there is nothing to ask it for
        return [];
      }
      if (this.#pages.hasEnded(feed) && cursor.readTo >= (this.#target ?? seen)) return [];
      return [{ feed, cursor }];
    });
    // At the beginning each is asked once.
    const first = open.filter(({ feed }) => !this.#asked.has(feed));
    return (first.length > 0 ? first : open).sort((a, b) => a.cursor.readTo - b.cursor.readTo)[0];
  }

  /** Too much is open; but a feed that alone keeps stored events back is read on, or nothing could ever move. */
  async #full(horizon: number, next: Cursor): Promise<boolean> {
    const { store, key, options } = this.#context;
    return store.transaction(async tx => {
      const open = [...(await openCounts(tx, key)).values()].reduce((sum, count) => sum + count.total, 0);
      if (open < options.maxOpen) return false;
      return next.readTo > horizon || (await countOpenUpTo(tx, key, horizon)) > 0;
    });
  }

  /** Ends this part of the round; `full` is an alarm as well. */
  #stop(why: 'full' | 'pages'): false {
    this.#result.stopped = why;
    if (why === 'full') {
      const message =
        `${this.#context.options.maxOpen} events or more are not settled: reading stops until the flow acknowledges ` +
        'them. Nothing is lost.';
      this.#result.alarms.push({ kind: 'full', feed: null, eventId: null, message });
    }
    return false;
  }

  /** A feed that fails is left for this round; the others go on. */
  async #attempt(feed: EventFeed, work: () => Promise<void>): Promise<void> {
    if (this.#failed.has(feed)) return;
    try {
      await work();
    } catch (error) {
      if (this.#context.signal?.aborted) throw error;
      // The others would be refused with the same credentials.
      for (const each of isRefused(error) ? this.#context.feeds : [feed]) this.#failed.add(each);
      this.#failures.push({ feed, error });
    }
  }
}
