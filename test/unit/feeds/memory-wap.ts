import type { RecordPage, WapUsage } from '../../../lib/wap/client/usage';
import type { EventFeed, UsageEvent } from '../../../lib/wap/types';

/** WAP's event feeds in memory: what `raise` added is there from then on, `show` adds below what was read. */
export class MemoryWap implements WapUsage {
  readonly #feeds = new Map<EventFeed, UsageEvent[]>();
  #lastId = 0;
  /** Every call: feed and first id. */
  readonly calls: string[] = [];
  /** Called before a page is answered; may throw. */
  before: (feed: EventFeed, startId: number) => void | Promise<void> = () => undefined;

  /** The next event; `skip` ids are left out before it. */
  raise(feed: EventFeed, event: Partial<UsageEvent> = {}, skip = 0): UsageEvent {
    this.#lastId += 1 + skip;
    return this.show(feed, { EventId: this.#lastId, ...event });
  }

  show(feed: EventFeed, event: Partial<UsageEvent> & { EventId: number }): UsageEvent {
    this.#lastId = Math.max(this.#lastId, event.EventId);
    const full: UsageEvent = {
      State: 0,
      Method: 'POST',
      Entity: { Id: `${feed}-${event.EventId}` },
      EntityParentId: null,
      NotificationEventTimeCreated: '2026-01-01T00:00:00',
      ...event,
    };
    const rows = (this.#feeds.get(feed) ?? []).filter(row => row.EventId !== full.EventId);
    this.#feeds.set(
      feed,
      [...rows, full].sort((a, b) => a.EventId - b.EventId),
    );
    return full;
  }

  /** As when an older backup of the database is put back: ids go on behind `lastId`. */
  restore(lastId: number): void {
    for (const [feed, rows] of this.#feeds) {
      this.#feeds.set(
        feed,
        rows.filter(row => row.EventId <= lastId),
      );
    }
    this.#lastId = lastId;
  }

  plan(id: string, event: Partial<UsageEvent> = {}): UsageEvent {
    return this.raise('plans', { Entity: { Id: id, DisplayName: id }, ...event });
  }

  service(planId: string, event: Partial<UsageEvent> = {}): UsageEvent {
    return this.raise('planServices', { Entity: { Name: 'sqlservers' }, EntityParentId: planId, ...event });
  }

  async events(feed: EventFeed, startId: number, batchSize: number): Promise<UsageEvent[] | null> {
    this.calls.push(`${feed} ${startId}`);
    await this.before(feed, startId);
    if (feed === 'addOnServices') return null;
    const rows = this.#feeds.get(feed) ?? [];
    return structuredClone(rows.filter(row => row.EventId >= startId).slice(0, batchSize));
  }

  async records(): Promise<RecordPage> {
    return { records: [], json: Buffer.from('[]') };
  }
}
