import type { Clock } from '../../async/clock';
import { inChunks } from '../../async/in-chunks';
import { AdapterError } from '../../errors';
import { type Party, wholeRecord } from '../../feeds/outcome';
import { settle } from '../../feeds/settle/settle';
import { tellSettled } from '../../feeds/settled';
import { claimReader } from '../../feeds/sole-reader';
import type { Store } from '../../state/port';
import type { UsageRecord } from '../../wap/types';
import type { Quantity } from '../quantity';
import type { Contribution } from './contributions';
import type { OddValue } from './measure';
import { meterRecords } from './meter';
import type { OutboxBatch } from './outbox';
import type { RuleBook } from './rule';
import type { Placement } from './split';
import { Calendar, type WindowKind } from './window';
import { WindowLoop } from './window-loop';
import { WindowMeter } from './window-meter';

/** What a meter sends besides its answer to a message. */
export interface MeterMessages {
  quantities(payload: Quantity[], delivery: Omit<OutboxBatch, 'quantities'> & { quantities: number }): void;
  failed(error: unknown): void;
  closed(windows: number): void;
}

export interface MeterDeskSettings {
  installation: string;
  book: RuleBook;
  /** `none`: each record is billed by itself. */
  window: WindowKind | 'none';
  timeZone: string;
  placement: Placement;
  apart: readonly string[];
  latenessMs: number | null;
  series: string;
  batchSize: number;
  maxOpenBatches: number;
  redeliveryMs: number;
  store: Store;
  settled: EventTarget;
  clock: Clock;
  signal: AbortSignal;
  owner: string;
  /** Who acknowledges records that have no quantity, beside others that get a copy of them. */
  party: Party;
  out: MeterMessages;
}

/** What a message gives at once. `quantities` is null when they come later, from windows. */
export interface Taken {
  quantities: Quantity[] | null;
  unknown: UsageRecord[];
  odd: OddValue[];
}

/** A meter as a node has it: with windows or without.
 *  @throws INPUT_INVALID for a time zone; INPUT_CONFIG when another node fills the same windows */
export class MeterDesk {
  readonly #windows: { meter: WindowMeter; loop: WindowLoop } | null;

  constructor(private readonly settings: MeterDeskSettings) {
    this.#windows = settings.window === 'none' ? null : openWindows(settings, settings.window);
  }

  /** Goes on until the signal aborts. */
  run(): Promise<void> {
    return this.#windows?.loop.run() ?? Promise.resolve();
  }

  /** Settles the records that give no quantity; those of windows are all settled when they are counted. What is unknown or odd
   *  is handed out before, so that a crash in between repeats it and loses nothing. */
  async take(
    records: readonly UsageRecord[],
    origin: { feed: string; token: string | null },
    aside: (found: Taken) => void,
  ): Promise<Taken> {
    const { installation, book, settled, party } = this.settings;
    const windows = this.#windows;
    if (!windows) {
      const quantities: Quantity[] = [];
      const found: Taken = { quantities, unknown: [], odd: [] };
      await inChunks(records, some => {
        const metered = meterRecords(some, book, { installation, ...origin });
        quantities.push(...metered.quantities);
        putAside(found, metered);
      });
      aside(found);
      await this.#settleOthers(records, quantities, origin.token);
      return found;
    }
    const contributions: Contribution[] = [];
    const found: Taken = { quantities: null, unknown: [], odd: [] };
    await inChunks(records, some => {
      const sorted = windows.meter.sort(some);
      contributions.push(...sorted.contributions);
      putAside(found, sorted);
    });
    aside(found);
    await windows.meter.consume(records, contributions, { token: origin.token, party });
    if (origin.token !== null) tellSettled(settled);
    windows.loop.changed();
    return found;
  }

  /** Nothing of these goes on that could acknowledge them. */
  async #settleOthers(
    records: readonly UsageRecord[],
    quantities: readonly Quantity[],
    token: string | null,
  ): Promise<void> {
    if (token === null) return;
    const { store, clock, settled, party, out } = this.settings;
    const metered = new Set(quantities.map(({ recordId }) => recordId));
    const others = records.filter(({ EventId }) => !metered.has(EventId));
    if (others.length === 0) return;
    const outcomes = others.map(({ EventId }) => wholeRecord(EventId, { result: 'delivered' }, party));
    try {
      await settle(store, clock, token, outcomes);
    } catch (error) {
      // What can be billed goes on; who acknowledges it will say the same.
      if (!(error instanceof AdapterError && error.code === 'STATE_DELIVERY')) throw error;
      out.failed(error);
      return;
    }
    tellSettled(settled);
  }

  /** Closes every window that has ended. */
  close(): void {
    this.#windows?.loop.closeAll();
  }

  async status(): Promise<Record<string, number> | null> {
    return this.#windows ? { ...(await this.#windows.meter.status()) } : null;
  }
}

function putAside(all: Taken, { unknown, odd }: Pick<Taken, 'unknown' | 'odd'>): void {
  all.unknown.push(...unknown);
  all.odd.push(...odd);
}

function openWindows(settings: MeterDeskSettings, window: WindowKind) {
  const { installation, series, store, signal, clock, settled, out, owner } = settings;
  const { batchSize, maxOpenBatches, redeliveryMs } = settings;
  const meter = new WindowMeter({
    ...settings,
    window,
    calendar: new Calendar(settings.timeZone),
    outbox: { batchSize, maxOpenBatches, redeliveryMs },
  });
  const release = claimReader(store, { installation, consumer: `meter/${series}` }, owner);
  signal.addEventListener('abort', release, { once: true });
  const loop = new WindowLoop({
    ...{ meter, clock, signal, settled },
    send: ({ quantities, ...delivery }) => out.quantities(quantities, { ...delivery, quantities: quantities.length }),
    failed: out.failed,
    closed: out.closed,
  });
  return { meter, loop };
}
