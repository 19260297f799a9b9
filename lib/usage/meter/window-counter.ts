import type { Clock } from '../../async/clock';
import { yieldToLoop } from '../../async/event-loop';
import type { Alarm } from '../../feeds/alarms';
import { type Party, wholeRecord } from '../../feeds/outcome';
import { settle } from '../../feeds/settle/settle';
import type { Store, Tx } from '../../state/port';
import { addSeen, pruneSeen } from '../../state/tables/meter-seen';
import { ensureSeries } from '../../state/tables/meter-series';
import { findWindow, nextWindowDue, openWindowCount, pruneWindows, putWindow } from '../../state/tables/meter-window';
import type { UsageRecord } from '../../wap/types';
import { Decimal } from '../decimal';
import { add } from './accumulator';
import { closeWindows } from './close-windows';
import { type Contribution, contributionsOf, type Sorted, type Sorting } from './contributions';
import { Outbox, type OutboxBatch, type OutboxOptions } from './outbox';
import type { RuleBook } from './rule';

/** What windows are counted by, and where. Times in ms. */
export interface WindowCounterSettings extends Sorting {
  store: Store;
  clock: Clock;
  installation: string;
  /** Whose windows these are: the name under which they are kept. */
  series: string;
  book: RuleBook;
  /** How long after its end a window waits for late records, ms; null: until a run has caught up. */
  latenessMs: number | null;
  outbox: OutboxOptions;
}

/** A late record puts off the closing of its window by this: a backfill brings records of weeks that are long over. */
const quietMs = 300_000;
/** How long windows are kept after their end; WAP keeps its records for 40 days. */
const keepMs = 100 * 86_400_000;
/** The closing time of windows that wait for a poll to catch up. */
const never = Number.MAX_SAFE_INTEGER;
const atOnce = 200;

/** Counts records in windows that survive restarts, and gives out what is to be billed of them. */
export class WindowCounter {
  readonly #outbox: Outbox;
  readonly #settings: WindowCounterSettings;
  #series: Promise<number> | undefined;

  constructor(settings: WindowCounterSettings) {
    this.#settings = settings;
    const { installation, series } = settings;
    this.#outbox = new Outbox({ installation, consumer: `meter/${series}` }, settings.outbox);
  }

  /** Frees the quantities that were open before a restart, so that they go out again. */
  async start(): Promise<void> {
    const { store, clock } = this.#settings;
    await store.transaction(tx => this.#outbox.release(tx, clock.now()));
  }

  /** Which window each value goes into. Changes nothing. */
  sort(records: readonly UsageRecord[]): Sorted {
    const { book, clock } = this.#settings;
    return contributionsOf(records, book, this.#settings, clock.now() - keepMs);
  }

  /** Counts records and settles them, in one transaction. A record that was counted before changes nothing.
   *  @throws STATE_DELIVERY for an unknown delivery; nothing is counted then */
  async count(
    records: readonly UsageRecord[],
    contributions: readonly Contribution[],
    { token, party }: { token: string | null; party: Party },
  ): Promise<void> {
    const { store, clock } = this.#settings;
    const series = await this.#seriesId();
    const now = clock.now();
    await store.transaction(async tx => {
      const fresh = await addSeen(
        tx,
        series,
        records.map(({ EventId }) => EventId),
        now,
      );
      await this.#add(
        tx,
        series,
        contributions.filter(({ addend }) => fresh.has(addend.recordId)),
        now,
      );
      if (token === null) return;
      const outcomes = records.map(({ EventId }) => wholeRecord(EventId, { result: 'delivered' }, party));
      await settle(store, clock, token, outcomes, tx);
    });
  }

  /** A row is read and written once for each window, however many values of the batch go into it. */
  async #add(tx: Tx, series: number, contributions: readonly Contribution[], now: number): Promise<void> {
    let done = 0;
    for (const of of byWindow(contributions)) {
      await this.#addInto(tx, series, of, now);
      if (++done % atOnce === 0) await yieldToLoop();
    }
  }

  /** Adds values to one window, whose row holds what came before. */
  async #addInto(tx: Tx, series: number, of: readonly Contribution[], now: number): Promise<void> {
    const [first] = of;
    if (!first) return;
    const row = await findWindow(tx, series, first.key);
    const before = row && {
      total: new Decimal(row.total),
      count: row.records,
      endedAt: row.endedAt,
      recordId: row.recordId,
    };
    const after = of.reduce((kept, { aggregate, addend }) => add(aggregate, kept, addend), before);
    if (!after) return;
    const { total, count: records, endedAt, recordId } = after;
    const dueAt = this.#dueAt(first.key.endsAt, row !== null && row.billed !== null, now);
    await putWindow(tx, series, first.key, { total: total.toFixed(), records, endedAt, recordId, dueAt });
  }

  /** When a window closes, ms UTC: some time after its end, and not while records of it still come in. One that was billed already
   *  closes again as soon as they stop coming. */
  #dueAt(endsAt: number, isBilled: boolean, now: number): number {
    const { latenessMs } = this.#settings;
    if (latenessMs === null) return never;
    return Math.max(isBilled ? 0 : endsAt + latenessMs, now >= endsAt ? now + Math.min(quietMs, latenessMs) : 0);
  }

  /** Makes quantities of the windows that are due; `all`: of every one that has ended. Answers how many windows. */
  async close(all = false): Promise<number> {
    const { store, clock, installation, series } = this.#settings;
    const id = await this.#seriesId();
    let closed = 0;
    for (;;) {
      const of = { now: clock.now(), limit: atOnce, which: all ? ('ended' as const) : ('due' as const) };
      const some = await store.transaction(tx => closeWindows(tx, { id, installation, series }, of, this.#outbox));
      closed += some;
      if (some < atOnce) break;
    }
    await store.transaction(async tx => {
      await pruneSeen(tx, id, clock.now() - keepMs, atOnce);
      await pruneWindows(tx, id, clock.now() - keepMs - quietMs, atOnce);
      await this.#outbox.prune(tx, clock.now());
    });
    return closed;
  }

  /** The next quantities to send; null: none is due, or enough are open. */
  next(): Promise<OutboxBatch | null> {
    const { store, clock } = this.#settings;
    return this.#outbox.take(store, clock.now());
  }

  /** Messages that nobody acknowledged in time, since the last call. */
  alarms(): Alarm[] {
    return this.#outbox.alarms();
  }

  /** When the next window closes or the next quantity goes out, ms UTC; null: nothing is known of. */
  async nextDueAt(): Promise<number | null> {
    const id = await this.#seriesId();
    return this.#settings.store.transaction(async tx => {
      const times = [await nextWindowDue(tx, id), await this.#outbox.nextDueAt(tx)];
      const known = times.filter((time): time is number => time !== null && time !== never);
      return known.length === 0 ? null : Math.min(...known);
    });
  }

  /** Windows that are not closed, and quantities of closed ones. */
  async status(): Promise<{ windows: number; waiting: number; open: number; dead: number }> {
    const id = await this.#seriesId();
    return this.#settings.store.transaction(async tx => ({
      windows: await openWindowCount(tx, id),
      ...(await this.#outbox.counts(tx)),
    }));
  }

  /** The number of the series, asked for once. */
  #seriesId(): Promise<number> {
    const { store, installation, series } = this.#settings;
    this.#series ??= store.transaction(tx => ensureSeries(tx, installation, series));
    this.#series.catch(() => {
      this.#series = undefined; // the next message tries again
    });
    return this.#series;
  }
}

/** The contributions of each window. A record that comes twice in one batch is counted once: `addSeen` knows it only from the
 *  batches before. */
function byWindow(contributions: readonly Contribution[]): Iterable<Contribution[]> {
  const taken = new Set<string>();
  const windows = new Map<string, Contribution[]>();
  for (const contribution of contributions) {
    const { key, metric, addend } = contribution;
    const place = `${key.startsAt}/${key.endsAt}/${key.subscription}/${key.identity}`;
    const once = `${addend.recordId}/${metric}/${place}`;
    if (taken.has(once)) continue;
    taken.add(once);
    const others = windows.get(place);
    if (others) others.push(contribution);
    else windows.set(place, [contribution]);
  }
  return windows.values();
}
