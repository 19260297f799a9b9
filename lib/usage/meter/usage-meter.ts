import type { Clock } from '../../async/clock';
import type { Party } from '../../feeds/outcome';
import type { Store } from '../../state/port';
import type { UsageRecord } from '../../wap/types';
import type { WindowKind } from '../calendar';
import type { Quantity } from '../quantity';
import type { OddValue } from './measure';
import type { OutboxBatch } from './outbox';
import type { RuleBook } from './rule';
import type { Placement } from './split';

/** A meter as a node has it: it meters each record by itself, or counts records in windows. */
export interface UsageMeter {
  /** Closes windows and sends what they bill until the signal aborts; never rejects. A second call changes nothing. */
  run(): Promise<void>;
  /** Settles the records that give no quantity now: all of them where they are counted in windows. What is unknown or odd is
   *  handed to `aside` before that, so that a crash in between repeats it and loses nothing.
   *  @throws STATE_DELIVERY for an unknown delivery; nothing is counted then */
  take(
    records: readonly UsageRecord[],
    origin: { feed: string; token: string | null },
    aside: (found: Taken) => void,
  ): Promise<Taken>;
  /** Closes every window that has ended. */
  close(): void;
  /** How many windows are open and what their quantities wait for; null for a meter without windows. */
  status(): Promise<Record<string, number> | null>;
}

/** What a message gives at once. */
export interface Taken {
  /** Null when they come later, from windows. */
  quantities: Quantity[] | null;
  unknown: UsageRecord[];
  odd: OddValue[];
}

/** What a meter sends besides its answer to a message. */
export interface MeterMessages {
  /** A message with quantities of closed windows, which wants an acknowledgement. */
  quantities(payload: Quantity[], delivery: Omit<OutboxBatch, 'quantities'> & { quantities: number }): void;
  failed(error: unknown): void;
  /** So many windows were closed. */
  closed(windows: number): void;
}

/** What both kinds of meters need. */
export interface MeterContext {
  /** Short name of the WAP installation: part of every key. */
  installation: string;
  book: RuleBook;
  store: Store;
  /** Told after the commit that something was settled; see `settledOf`. */
  settled: EventTarget;
  clock: Clock;
  /** Who acknowledges records that have no quantity, beside others that get a copy of them. */
  party: Party;
  messages: MeterMessages;
}

/** What a meter with windows needs. Times in ms. */
export interface WindowMeterSettings extends MeterContext {
  window: WindowKind;
  timeZone: string;
  placement: Placement;
  apart: readonly string[];
  latenessMs: number | null;
  series: string;
  batchSize: number;
  maxOpenBatches: number;
  redeliveryMs: number;
  signal: AbortSignal;
  owner: string;
}
