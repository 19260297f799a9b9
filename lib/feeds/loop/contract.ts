import type { Clock } from '../../async/clock';
import type { Alarm } from '../alarms';
import type { Needs } from '../needs';
import type { Outcome } from '../outcome';
import type { Attention } from './attention';
import type { Problem } from './problems';
import type { Schedule } from './schedule';
import type { WatchLimits } from './watch';

/** What the loop does itself; other commands are for the reader. */
export type LoopCommand = 'poll' | 'pause' | 'resume' | 'status';

/** How a run that reads many pages goes. */
export interface ProgressReport {
  /** Records so far. */
  count: number;
  perSecond: number;
  /** Until the records are as young as now, at this rate, ms; null when it cannot be told. */
  leftMs: number | null;
}

/** What the loop has to know of a feed; the rest of its status is for people. */
export interface LoopStatus {
  /** Items in open batches, and the number of those batches. */
  unacknowledged: number;
  batches: number;
  /** Age of the oldest item that is not settled, ms; null when all are. */
  oldestAgeMs: number | null;
  /** When something is due to be emitted again; null when nothing is. */
  nextDueAt: number | null;
  /** How a long backfill goes. */
  progress?: ProgressReport | null;
  /** When WAP had no more, and the time of the last item that came (as WAP wrote it), as far as it is kept. */
  caughtUpAt?: number | null;
  lastTime?: string | null;
  feeds: ReadonlyArray<{ feed: string; fetched: number; delivered: number }>;
}

/** Why the loop polls: its time has come or somebody asked, or the last poll said that WAP has more. */
export type PollReason = 'turn' | 'more';

/** What one poll brought; a failure lasts until the next turn. `pages`: WAP has more. Too much is open: `full` waits for the
 *  next turn, `open` until something is settled. */
export interface LoopPoll {
  fetched: number;
  alarms: Alarm[];
  failures: ReadonlyArray<{ error: unknown }>;
  stopped: 'pages' | 'full' | 'open' | null;
}

/** What can be polled: a reader of events or of usage records. */
export interface PolledFeed<B extends { token: string }, S extends LoopStatus> {
  /** Reads what is new and stores it. @throws what is not WAP's fault, and the signal's reason */
  poll(signal?: AbortSignal, why?: PollReason): Promise<LoopPoll>;
  /** The next batch to emit; null when nothing is due, or enough is open. */
  next(): Promise<B | null>;
  /** Settles a batch that could not be emitted. */
  settle(token: string, outcome: Outcome): Promise<unknown>;
  /** How it stands, as the store has it now. */
  status(): Promise<S>;
  /** Alarms since the last call that do not come from a poll. */
  alarms?(): Alarm[];
}

/** How a run went, and where the feeds stand at its end. A run lasts from a poll until nothing is left to send. */
export type RunSummary<S extends LoopStatus> = S & {
  /** Events or records that were new. */
  fetched: number;
  /** Batches that went out. */
  sent: number;
  paused: boolean;
};

/** How the loop does, as far as it knows without the store; times in ms UTC. */
export interface LoopHealth {
  isPaused: boolean;
  /** When WAP was asked last; null before the first time. */
  polledAt: number | null;
  /** null: it does not poll by itself, or is paused. */
  nextPollAt: number | null;
  /** The failure that lasts, with its sentence; null when all is well. */
  failure: Problem | null;
  /** New items in each of the last 60 minutes, the oldest first. */
  perMinute: number[];
}

/** What the status of the node shows. */
export type LoopState =
  | { name: 'ready' | 'working' | 'paused' }
  | { name: 'waiting'; count: number }
  | { name: 'idle'; upTo: number }
  | ({ name: 'progress' } & ProgressReport)
  /** Instead of the calm ones, until there is nothing any more. */
  | ({ name: 'needs' } & Needs)
  | { name: 'failed'; code: string }
  /** WAP refused the credentials; they are tried again at `againAt` (ms UTC). */
  | { name: 'resting'; code: string; againAt: number };

/** What a loop polls, when, and whom it tells. */
export interface PollLoopSettings<B extends { token: string }, S extends LoopStatus> {
  feed: PolledFeed<B, S>;
  clock: Clock;
  /** When it polls by itself; a number is ms from poll to poll. */
  everyMs: Schedule;
  /** What is an alarm; nothing when left out. */
  watch?: WatchLimits;
  /** What needs a person, and when to tell it; nothing when left out. */
  attention?: Attention;
  /** Says `settled` when something was acknowledged. */
  settled: EventTarget;
  /** Ends the loop. */
  signal: AbortSignal;
  /** Sends a batch on its way. When it fails the batch comes again later. */
  emit(batch: B): Promise<void>;
  caughtUp(summary: RunSummary<S>): void;
  alarm(alarm: Alarm | RecoveryAlarm): void;
  /** A failure that nobody asked for; once when it begins, not at every turn. */
  failed(error: unknown): void;
  show(state: LoopState): void;
}

/** Reading works again after a failure. */
export interface RecoveryAlarm {
  kind: 'recovered';
  feed: null;
  eventId: null;
  message: string;
}
