import { letters } from '../../../lib/desk/dead-letters';
import type { Letter } from '../../../lib/desk/letter';
import type { LetterFilter } from '../../../lib/desk/letter-filter';
import { letterGroups } from '../../../lib/desk/letter-groups';
import type { EventFeed } from '../../../lib/feeds/events/feed';
import type { EventFeedSettings } from '../../../lib/feeds/events/options';
import { EventReader } from '../../../lib/feeds/events/reader';
import type { Outcome } from '../../../lib/feeds/outcome';
import { RecordReader } from '../../../lib/feeds/records/reader';
import type { Store } from '../../../lib/state/port';
import type { UsageRecord } from '../../../lib/wap/types';
import { MemoryUsage } from '../feeds/memory-usage';
import { MemoryWap } from '../feeds/memory-wap';
import { StillClock, scratchStore } from '../state/scratch';

/** Usage and events over a WAP in memory, of which a flow says what becomes of each. */
export class LetterWorld {
  readonly usage = new MemoryUsage();
  readonly wap = new MemoryWap();
  readonly reader: RecordReader;
  readonly eventReader: EventReader;
  readonly events: EventFeed;

  private constructor(
    readonly clock: StillClock,
    readonly store: Store,
  ) {
    const key = { store, installation: 'wap', reader: 'billing', clock };
    this.reader = new RecordReader({ ...key, usage: this.usage, options: {} }, () => undefined);
    const settings: EventFeedSettings = {
      ...{ ...key, usage: this.wap, feeds: ['plans', 'planServices', 'subscriptions'] },
      fetchParent: async () => false,
      options: { maxOpenBatches: 10, parentLimitMs: 0 },
    };
    this.eventReader = new EventReader(settings, () => undefined);
    this.events = this.eventReader.main;
  }

  static async open(time = Date.UTC(2026, 0, 2)): Promise<LetterWorld> {
    const clock = new StillClock(time);
    return new LetterWorld(clock, await scratchStore(clock));
  }

  /** Records that the flow gives this outcome, a second after what was before. */
  async records(outcome: Outcome, of: Partial<UsageRecord>, ...ids: number[]): Promise<void> {
    this.clock.advance(1000);
    for (const EventId of ids) this.usage.show({ ...of, EventId });
    await this.reader.poll();
    const each = ids.map(eventId => ({ eventId, ...outcome }));
    await this.reader.settle((await this.reader.next())?.token ?? '', each);
  }

  /** All events that are new get this outcome. */
  async settleEvents(outcome: Outcome): Promise<void> {
    this.clock.advance(1000);
    await this.events.poll();
    const batch = await this.events.next();
    if (batch) await this.events.settle(batch.token, outcome);
  }

  /** What the next batch of records has. */
  async next(): Promise<number[]> {
    return (await this.reader.next())?.records.map(({ EventId }) => EventId) ?? [];
  }

  /** All pages of a list. */
  async list(filter: LetterFilter = {}, limit = 2): Promise<Letter[]> {
    const found: Letter[] = [];
    for (let after: string | null = null; ; ) {
      const { rows, next } = await letters(this.store, { filter, after, limit });
      found.push(...rows);
      if (next === null) return found;
      after = next;
    }
  }

  async ids(filter: LetterFilter = {}, limit = 2): Promise<string[]> {
    return (await this.list(filter, limit)).map(({ feed, eventId }) => `${feed} ${eventId}`);
  }

  async groups(filter: LetterFilter = {}): Promise<string[]> {
    const { groups } = await letterGroups(this.store, filter);
    return groups.map(({ kind, reason, total, isMore }) => `${kind} ${total}${isMore ? '+' : ''} ${reason}`);
  }
}

export const dead = (reason: string): Outcome => ({ result: 'dead', reason });
export const waiting = (reason: string): Outcome => ({ result: 'waiting', reason });
