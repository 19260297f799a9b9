import type { Clock } from '../../async/clock';
import type { Store, Tx } from '../../state/port';
import { advanceCursor, type ConsumerKey, type Cursor } from '../../state/tables/cursor';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed } from '../../wap/types';
import { PageEnd } from '../page-end';
import type { Emptied } from '../went-back';
import { againFrom, readSince } from './again';
import { checkEvents } from './check-source';
import { refreshDelivered } from './cursors';
import { type StoredPage, storePage } from './inbox';
import { areMissing } from './missing';
import type { FeedOptions } from './options';
import { readPage } from './read-page';

/** The most events that are read again for the ids that are missing among them. */
const mostDeep = 20_000;

/** The last id of a run that never ends. */
export const noEnd = Number.MAX_SAFE_INTEGER;

export interface PollContext {
  store: Store;
  usage: Pick<WapUsage, 'events'>;
  key: ConsumerKey;
  feeds: readonly EventFeed[];
  /** The last id that is read. */
  toId: number;
  clock: Clock;
  options: FeedOptions;
  epoch: number;
  emptied: Emptied;
  /** Reads all again of which ids are missing. */
  deep: boolean;
  signal?: AbortSignal;
}

/** The pages of the feeds in one round: where each goes on, and which have shown their end. */
export class FeedPages {
  readonly #context: PollContext;
  readonly #ended = new Set<EventFeed>();
  /** Where a feed goes on. */
  readonly #next = new Map<EventFeed, number>();
  readonly #ends = new Map<EventFeed, PageEnd>();

  constructor(context: PollContext) {
    this.#context = context;
  }

  /** The feed has shown its end in this round. */
  hasEnded(feed: EventFeed): boolean {
    return this.#ended.has(feed);
  }

  /** Finds where each feed begins in this round. */
  async findStarts(cursors: readonly Cursor[]): Promise<void> {
    const { store, clock } = this.#context;
    const starts = await store.transaction(async tx => {
      const found: Array<[EventFeed, number]> = [];
      for (const cursor of cursors)
        found.push([cursor.feed as EventFeed, await this.#startOf(tx, cursor, clock.now())]);
      return found;
    });
    for (const [feed, start] of starts) this.#next.set(feed, start);
  }

  /** Where a feed is read again from; in a deep round from the first id that may be missing. */
  async #startOf(tx: Tx, cursor: Cursor, now: number): Promise<number> {
    const { key, options, deep, toId } = this.#context;
    // A replay is of the past.
    const overlapMs = toId === noEnd ? options.overlapMs : 0;
    const again = await againFrom(tx, key, cursor, { overlap: options.overlap, overlapMs }, now);
    if (!deep) return again;
    const since = await readSince(tx, key, cursor, now - options.missingMs, mostDeep);
    const from = Math.max(since, cursor.forgotten + 1);
    return from < again && (await areMissing(tx, key, from - 1, again - 1)) ? from : again;
  }

  /** Reads and stores the next page of a feed. `seen`: the highest id that is known of all. */
  async read(feed: EventFeed, cursor: Cursor, seen: number): Promise<StoredPage> {
    const { store, usage, key, clock, options, epoch, emptied, signal, toId } = this.#context;
    const startId = this.#next.get(feed) ?? cursor.fetched + 1;
    const events = await readPage(usage, feed, startId, options.pageSize, signal);
    const last = events.at(-1);
    const [now, mine] = [clock.now(), { ...cursor, epoch }];
    if (toId === noEnd) {
      const page = { feed, cursor, startId, asked: options.pageSize, events };
      const { retentionMs } = options;
      await checkEvents({ store, key, usage }, page, { retentionMs, emptied, now, ...(signal ? { signal } : {}) });
    }
    if (!last) {
      this.#ended.add(feed);
      // A replay is over where WAP has no more.
      const readTo = toId === noEnd ? seen : toId;
      await store.transaction(tx => advanceCursor(tx, key, { feed, fetched: -1, readTo, epoch, now }));
      return { fresh: 0, alarms: [] };
    }
    const page = { feed, events, highest: toId, readTo: last.EventId > toId ? toId : -1, cursor: mine, now };
    const stored = await store.transaction(async tx => {
      const kept = await storePage(tx, key, page);
      await refreshDelivered(tx, key, new Set([feed]));
      return kept;
    });
    const end = this.#ends.get(feed) ?? new PageEnd(options.pageSize);
    this.#ends.set(feed, end);
    // A replay goes on until WAP has no more.
    if (toId === noEnd && end.isShownBy(events.length)) this.#ended.add(feed);
    this.#next.set(feed, last.EventId + 1);
    return stored;
  }
}
