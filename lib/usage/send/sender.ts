import { waitAfter } from '../../async/back-off';
import type { Clock } from '../../async/clock';
import { yieldToLoop } from '../../async/event-loop';
import { longestSleepMs, SetBack } from '../../async/set-back';
import type { SendOutcome, UsageItem, UsageSink } from '../../billing/usage-port';
import { AdapterError } from '../../errors';
import { isOfItems, mayBeOfItems } from './at-fault';
import { betweenTries } from './verdict';

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

/** `held`: an item that fails alone while billing takes others; it is not tried again before its next delivery. */
type Sent = SendOutcome | { outcome: 'held'; error: AdapterError };

interface Job {
  left: number;
  /** Billing took an item of it. */
  isTaken: boolean;
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
/** Items that are sent alone to see whether a failure is of the items or of billing. */
const mostProbes = 2;

/** Sends items in calls as large as billing takes, no faster than it bears, and each subscription in order: while one of
 *  its items is on its way or waits to be sent again, the later ones wait. */
export class UsageSender {
  /** In the order of arrival. */
  readonly #queue = new Set<Entry>();
  #calls = 0;
  #nextCallAt = 0;
  #timer: AbortController | undefined;
  /** Which items probe is another one every time, so that bad ones do not keep good ones from being sent for ever. */
  #probes = 0;
  readonly #setBack = new SetBack();

  constructor(private readonly settings: SenderSettings) {
    settings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** One outcome per item, in the order given; never rejects. */
  submit(items: readonly UsageItem[]): Promise<ItemOutcome[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise(done => {
      const job: Job = { left: items.length, isTaken: false, outcomes: [], done };
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
      await this.#doubt(entries, asFailure(error));
    }
    this.#calls -= 1;
    this.#pump();
  }

  /** A call that billing refuses as a whole is halved until the items at fault are found; with `isAlive`, because billing has
   *  just taken another item, a call that fails otherwise too. */
  async #send(items: UsageItem[], isAlive = false): Promise<Sent[]> {
    try {
      return await this.#call(items);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      const isTheirs = isAlive ? mayBeOfItems(error) : isOfItems(error);
      if (isAlive && isTheirs && items.length === 1) return [{ outcome: 'held', error }];
      if (!isTheirs || items.length === 1) throw error;
      const middle = Math.ceil(items.length / 2);
      const first = await this.#send(items.slice(0, middle), isAlive);
      return [...first, ...(await this.#send(items.slice(middle), isAlive))];
    }
  }

  async #call(items: UsageItem[]): Promise<SendOutcome[]> {
    const { sink, signal } = this.settings;
    await this.#turn();
    if (items.length >= manyToWrite) await yieldToLoop(); // calls that begin together are written one by one
    return sink.send(items, { signal });
  }

  /** A failure that may be of an item or of billing: another item is sent alone, and if billing takes it, only the items at
   *  fault wait for their next delivery. If not, everything in the same messages does. */
  async #doubt(entries: Entry[], error: AdapterError): Promise<void> {
    const jobs = new Set(entries.map(({ job }) => job));
    for (let probe = 0; probe < mostProbes && mayBeOfItems(error); probe += 1) {
      const alone = this.#probeOf(entries, jobs);
      if (!alone && [...jobs].every(({ isTaken }) => isTaken)) return await this.#goOn(entries, error);
      if (!alone) break;
      alone.flying = true;
      try {
        const [outcome = unsaid] = await this.#call([alone.item]);
        this.#land(alone, outcome);
        return await this.#goOn(
          entries.filter(entry => entry !== alone),
          error,
        );
      } catch (failure) {
        if (!entries.includes(alone)) alone.flying = false;
        if (!mayBeOfItems(asFailure(failure))) return this.#fail(jobs, entries, asFailure(failure));
      }
    }
    this.#fail(jobs, entries, error);
  }

  /** Billing takes others, so it is the items. */
  async #goOn(entries: Entry[], error: AdapterError): Promise<void> {
    const [only] = entries;
    if (only && entries.length === 1) return this.#land(only, { outcome: 'held', error });
    try {
      const items = entries.map(({ item }) => item);
      const outcomes = items.length === 0 ? [] : await this.#send(items, true);
      for (const [index, entry] of entries.entries()) this.#land(entry, outcomes[index] ?? unsaid);
    } catch (failure) {
      this.#fail(new Set(entries.map(({ job }) => job)), entries, asFailure(failure));
    }
  }

  /** One of the call itself when it had several items, else the next of a subscription in the same messages. */
  #probeOf(entries: Entry[], jobs: Set<Job>): Entry | undefined {
    this.#probes += 1;
    if (entries.length > 1) return entries[this.#probes % entries.length];
    const own = entries[0]?.item.subscription;
    const now = this.#now();
    const held = new Set([...this.#queue].filter(({ flying }) => flying).map(({ item }) => item.subscription));
    const [others, same]: [Entry[], Entry[]] = [[], []];
    for (const entry of this.#queue) {
      const { subscription } = entry.item;
      if (entry.flying || !jobs.has(entry.job) || entry.readyAt > now) continue;
      if (subscription === own) same.push(entry);
      else if (!held.has(subscription)) others.push(entry);
      held.add(subscription);
    }
    const from = others.length > 0 ? others : same;
    return from[this.#probes % from.length];
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

  #land(entry: Entry, outcome: Sent): void {
    entry.flying = false;
    entry.tries += 1;
    if (outcome.outcome === 'held') this.#settle(entry, heldBy(outcome.error));
    else if (outcome.outcome !== 'retry' || entry.tries >= this.settings.attempts) this.#settle(entry, outcome);
    else entry.readyAt = this.settings.clock.now() + (outcome.afterMs ?? waitAfter(entry.tries, betweenTries));
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
    if (outcome.outcome === 'delivered' || outcome.outcome === 'duplicate') job.isTaken = true;
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

const heldBy = ({ message, cause }: AdapterError): SendOutcome => ({
  ...{ outcome: 'retry', reason: message, afterMs: cause.retryAfterMs ?? null },
});

function asFailure(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  return new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
}
