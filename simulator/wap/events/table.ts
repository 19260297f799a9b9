import type { StoredEvent, WapFeed } from './event';

/** The events of all feeds in the order of their ids, and each feed for itself. */
export class EventTable {
  readonly #all: StoredEvent[] = [];
  readonly #feeds = new Map<WapFeed, StoredEvent[]>();

  constructor(events: Iterable<StoredEvent> = []) {
    for (const event of events) this.put(event);
  }

  all(): readonly StoredEvent[] {
    return this.#all;
  }

  get lastId(): number {
    return this.#all.at(-1)?.EventId ?? 0;
  }

  find(id: number): StoredEvent | undefined {
    const event = this.#all[place(this.#all, id)];
    return event?.EventId === id ? event : undefined;
  }

  /** From `startId` on, itself included, those that are shown. */
  page(
    feed: WapFeed,
    startId: number,
    batchSize: number,
    isShown: (event: StoredEvent) => boolean = () => true,
  ): StoredEvent[] {
    const events = this.#feeds.get(feed) ?? [];
    const page: StoredEvent[] = [];
    for (let at = place(events, startId); at < events.length && page.length < batchSize; at++) {
      const event = events[at];
      if (event && isShown(event)) page.push(event);
    }
    return page;
  }

  /** One with a known id takes its place. */
  put(event: StoredEvent): void {
    const before = this.find(event.EventId);
    if (before) {
      this.#all.splice(place(this.#all, before.EventId), 1);
      const feed = this.#feeds.get(before.feed);
      feed?.splice(place(feed, before.EventId), 1);
    }
    insert(this.#all, event);
    const feed = this.#feeds.get(event.feed) ?? [];
    this.#feeds.set(event.feed, feed);
    insert(feed, event);
  }
}

function insert(events: StoredEvent[], event: StoredEvent): void {
  const last = events.at(-1);
  if (!last || last.EventId < event.EventId) events.push(event);
  else events.splice(place(events, event.EventId), 0, event);
}

/** Where the first event with this id or a higher one is. */
function place(events: readonly StoredEvent[], id: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.EventId ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
