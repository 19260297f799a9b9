import { isRefusal } from '../../billing/rest-usage';
import type { SendOutcome, UsageItem, UsageSink } from '../../billing/usage-port';
import type { Clock } from '../../clock';
import { AdapterError } from '../../errors';
import { yieldToLoop } from '../../event-loop';
import { longestSleepMs, SetBack } from '../../set-back';
import { backOff } from './back-off';

/** What became of an item; `failed`: billing could not be asked, for a reason that is not the item's. */
export type ItemOutcome = SendOutcome | { outcome: 'failed'; error: AdapterError };

export interface SenderSettings {
  sink: UsageSink;
  clock: Clock;
  signal: AbortSignal;
  /** Calls under way at once. */
  parallel: number;
  /** How often an item that billing asks to send again is sent before it is handed back. */
  attempts: number;
}

interface Job {
  left: number;
  outcomes: ItemOutcome[];
  done(outcomes: ItemOutcome[]): void;
}

interface Entry {
  item: UsageItem;
  job: Job;
  place: number;
  tries: number;
  readyAt: number;
  flying: boolean;
}

/** Items that take about a millisecond to write as JSON. */
const manyToWrite = 100;

/** Sends items in calls as large as billing takes, no faster than it bears, and each subscription in order: while one of
 *  its items is on its way or waits to be sent again, the later ones wait. */
export class UsageSender {
  /** In the order of arrival. */
  readonly #queue = new Set<Entry>();
  #calls = 0;
  #nextCallAt = 0;
  #timer: AbortController | undefined;
  readonly #setBack = new SetBack();

  constructor(private readonly settings: SenderSettings) {
    settings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** One outcome per item, in the order given; never rejects. */
  submit(items: readonly UsageItem[]): Promise<ItemOutcome[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise(done => {
      const job: Job = { left: items.length, outcomes: [], done };
      for (const [place, item] of items.entries())
        this.#queue.add({ item, job, place, tries: 0, readyAt: 0, flying: false });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#calls < this.settings.parallel) {
      const { entries, waitMs } = this.#pick();
      if (entries.length === 0) {
        this.#wakeAfter(waitMs);
        return;
      }
      this.#calls += 1;
      void this.#fly(entries);
    }
  }

  #pick(): { entries: Entry[]; waitMs: number | null } {
    const now = this.#now();
    const held = new Set([...this.#queue].filter(({ flying }) => flying).map(({ item }) => item.subscription));
    const entries: Entry[] = [];
    let waitMs: number | null = null;
    for (const entry of this.#queue) {
      const { subscription } = entry.item;
      if (entry.flying || held.has(subscription)) continue;
      if (entry.readyAt > now) {
        held.add(subscription);
        waitMs = Math.min(waitMs ?? entry.readyAt - now, entry.readyAt - now);
      } else if (entries.push(entry) >= this.settings.sink.limits.batch) break;
    }
    return { entries, waitMs };
  }

  async #fly(entries: Entry[]): Promise<void> {
    for (const entry of entries) entry.flying = true;
    try {
      const outcomes = await this.#send(entries.map(({ item }) => item));
      for (const [index, entry] of entries.entries()) this.#land(entry, outcomes[index] ?? unsaid);
    } catch (error) {
      this.#fail(new Set(entries.map(({ job }) => job)), entries, asFailure(error));
    }
    this.#calls -= 1;
    this.#pump();
  }

  /** A call that billing refuses as a whole is halved until the items at fault are found. */
  async #send(items: UsageItem[]): Promise<SendOutcome[]> {
    const { sink, signal } = this.settings;
    await this.#turn();
    if (items.length >= manyToWrite) await yieldToLoop(); // calls that begin together are written one by one
    try {
      return await sink.send(items, { signal });
    } catch (error) {
      if (items.length === 1 || !(error instanceof AdapterError) || !(isRefusal(error) || isUnknown(error)))
        throw error;
      const middle = Math.ceil(items.length / 2);
      const first = await this.#send(items.slice(0, middle));
      return [...first, ...(await this.#send(items.slice(middle)))];
    }
  }

  /** Waits for this call's place in the limit of calls a second. */
  async #turn(): Promise<void> {
    const { sink, clock, signal } = this.settings;
    signal.throwIfAborted();
    const { callsPerSecond } = sink.limits;
    if (callsPerSecond === null) return;
    const now = this.#now();
    const at = Math.max(now, this.#nextCallAt);
    this.#nextCallAt = at + 1000 / callsPerSecond;
    if (at > now) await clock.sleep(Math.ceil(at - now), signal);
  }

  /** When the clock was set back, nothing waits for the times that were meant before. */
  #now(): number {
    const now = this.settings.clock.now();
    if (this.#setBack.notices(now)) {
      this.#nextCallAt = now;
      for (const entry of this.#queue) entry.readyAt = 0;
    }
    return now;
  }

  #land(entry: Entry, outcome: SendOutcome): void {
    entry.flying = false;
    entry.tries += 1;
    if (outcome.outcome !== 'retry' || entry.tries >= this.settings.attempts) this.#settle(entry, outcome);
    else entry.readyAt = this.settings.clock.now() + (outcome.afterMs ?? backOff(entry.tries));
  }

  /** What else the same messages have would fail the same way: it is not tried one by one. */
  #fail(jobs: Set<Job>, entries: Entry[], error: AdapterError): void {
    for (const entry of entries) entry.flying = false;
    for (const entry of [...this.#queue].filter(({ job, flying }) => jobs.has(job) && !flying))
      this.#settle(entry, { outcome: 'failed', error });
  }

  #settle(entry: Entry, outcome: ItemOutcome): void {
    const { job, place } = entry;
    this.#queue.delete(entry);
    job.outcomes[place] = outcome;
    job.left -= 1;
    if (job.left === 0) job.done(job.outcomes);
  }

  #wakeAfter(ms: number | null): void {
    this.#timer?.abort();
    if (ms === null) return;
    this.#timer = new AbortController();
    this.settings.clock.sleep(Math.min(ms, longestSleepMs), this.#timer.signal).then(
      () => this.#pump(),
      () => undefined, // an earlier time, or the end
    );
  }

  /** The node closes while items wait: they come again with their delivery. */
  #stop(): void {
    this.#timer?.abort();
    this.#fail(new Set([...this.#queue].map(({ job }) => job)), [], asFailure(this.settings.signal.reason));
  }
}

const unsaid: SendOutcome = { outcome: 'retry', afterMs: null, reason: 'The answer does not name it.' };

const isUnknown = (error: AdapterError): boolean => error.code === 'BILLING_NOT_FOUND';

function asFailure(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  return new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
}
