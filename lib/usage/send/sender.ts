import { waitAfter } from '../../async/back-off';
import type { Clock } from '../../async/clock';
import { longestSleepMs, SetBack } from '../../async/set-back';
import type { SendOutcome, UsageItem, UsageSink } from '../../billing/usage-port';
import { AdapterError } from '../../errors';
import { mayBeOfItems } from './at-fault';
import { betweenTries, type ItemOutcome } from './outcome';
import { type Entry, type Job, SendQueue } from './send-queue';
import { type CallOutcome, SinkCalls } from './sink-calls';

/** Where items are sent, and how persistently. */
export interface SenderSettings {
  sink: UsageSink;
  clock: Clock;
  signal: AbortSignal;
  /** Calls under way at once. */
  parallel: number;
  /** How often an item that billing asks to send again is sent before it is handed back. */
  attempts: number;
}

/** How many items are sent alone to see whether a failure is of the items or of billing. */
const mostProbes = 2;

/** Sends items in calls as large as billing takes, several at once, each subscription in order. */
export class UsageSender {
  readonly #settings: SenderSettings;
  readonly #queue = new SendQueue();
  readonly #calls: SinkCalls;
  readonly #setBack = new SetBack();
  #callsUnderWay = 0;
  #timer: AbortController | undefined;

  constructor(settings: SenderSettings) {
    this.#settings = settings;
    this.#calls = new SinkCalls(settings.sink, settings.clock, settings.signal);
    settings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** One outcome per item, in the order given; never rejects. */
  submit(items: readonly UsageItem[]): Promise<ItemOutcome[]> {
    const outcomes = this.#queue.add(items);
    this.#pump();
    return outcomes;
  }

  /** Begins as many calls as may be under way; to be called whenever something may have become ready. */
  #pump(): void {
    const { parallel, sink } = this.#settings;
    while (this.#callsUnderWay < parallel) {
      const { entries, waitMs } = this.#queue.next(this.#now(), sink.limits);
      if (entries.length === 0) {
        this.#wakeAfter(waitMs);
        return;
      }
      this.#callsUnderWay += 1;
      void this.#send(entries);
    }
  }

  /** One call, whatever it takes; never rejects. */
  async #send(entries: Entry[]): Promise<void> {
    for (const entry of entries) entry.isSending = true;
    try {
      this.#landAll(entries, await this.#calls.halving(itemsOf(entries)));
    } catch (error) {
      await this.#probe(entries, asFailure(error));
    }
    this.#callsUnderWay -= 1;
    this.#pump();
  }

  /** A failure that may be of an item or of billing: another item is sent alone. If billing takes it, only the items at fault
   *  wait for their next delivery; if not, everything in the same messages does. */
  async #probe(entries: Entry[], error: AdapterError): Promise<void> {
    const jobs = jobsOf(entries);
    for (let probe = 0; probe < mostProbes && mayBeOfItems(error); probe += 1) {
      const alone = this.#queue.probe(entries, jobs, this.#now());
      if (!alone && [...jobs].every(({ isTaken }) => isTaken)) return await this.#goOn(entries, error);
      if (!alone) break;
      alone.isSending = true;
      try {
        this.#landAll([alone], await this.#calls.once([alone.item]));
        const others = entries.filter(entry => entry !== alone);
        return await this.#goOn(others, error);
      } catch (failure) {
        if (!entries.includes(alone)) alone.isSending = false;
        if (!mayBeOfItems(asFailure(failure))) return this.#fail(jobs, entries, asFailure(failure));
      }
    }
    this.#fail(jobs, entries, error);
  }

  /** Billing takes others, so the items are at fault. */
  async #goOn(entries: Entry[], error: AdapterError): Promise<void> {
    const [only] = entries;
    if (only && entries.length === 1) return this.#land(only, { outcome: 'held', error });
    if (entries.length === 0) return;
    try {
      this.#landAll(entries, await this.#calls.halving(itemsOf(entries), true));
    } catch (failure) {
      this.#fail(jobsOf(entries), entries, asFailure(failure));
    }
  }

  /** After the clock was set back nothing waits for the times that were meant before. */
  #now(): number {
    const now = this.#settings.clock.now();
    if (this.#setBack.notices(now)) this.#queue.readyAll();
    return now;
  }

  /** What billing says nothing of is sent again: the key keeps it from being billed twice. */
  #landAll(entries: readonly Entry[], outcomes: readonly CallOutcome[]): void {
    for (const [index, entry] of entries.entries()) this.#land(entry, outcomes[index] ?? unsaid);
  }

  /** Takes in the outcome of one item: it is settled, or waits in the queue for its next try. */
  #land(entry: Entry, outcome: CallOutcome): void {
    entry.isSending = false;
    entry.tries += 1;
    if (outcome.outcome === 'held') this.#queue.settle(entry, retryOf(outcome.error));
    else if (outcome.outcome !== 'retry' || entry.tries >= this.#settings.attempts) this.#queue.settle(entry, outcome);
    else entry.readyAt = this.#settings.clock.now() + (outcome.afterMs ?? waitAfter(entry.tries, betweenTries));
  }

  /** What else the same messages have would fail the same way, so it is not tried one by one. */
  #fail(jobs: ReadonlySet<Job>, entries: readonly Entry[], error: AdapterError): void {
    for (const entry of entries) entry.isSending = false;
    this.#queue.settleWaiting({ outcome: 'failed', error }, jobs);
  }

  /** One timer for the first item that waits. */
  #wakeAfter(ms: number | null): void {
    this.#timer?.abort();
    if (ms === null) return;
    this.#timer = new AbortController();
    this.#settings.clock.sleep(Math.min(ms, longestSleepMs), this.#timer.signal).then(
      () => this.#pump(),
      () => undefined, // an earlier time, or the end
    );
  }

  /** The node closes while items wait: they come again with their delivery. */
  #stop(): void {
    this.#timer?.abort();
    this.#queue.settleWaiting({ outcome: 'failed', error: asFailure(this.#settings.signal.reason) });
  }
}

const itemsOf = (entries: readonly Entry[]): UsageItem[] => entries.map(({ item }) => item);
const jobsOf = (entries: readonly Entry[]): Set<Job> => new Set(entries.map(({ job }) => job));

/** For an item that billing's answer leaves out: whether it was taken is not known. */
const unsaid: SendOutcome = { outcome: 'retry', afterMs: null, reason: 'The answer does not name it.' };

const retryOf = ({ message, cause }: AdapterError): SendOutcome => ({
  ...{ outcome: 'retry', reason: message, afterMs: cause.retryAfterMs ?? null },
});

/** A defect of our own is told as one, and holds up only what it met. */
function asFailure(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  return new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
}
