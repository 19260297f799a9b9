import type { UsageItem, UsageLimits } from '../../billing/usage-port';
import type { ItemOutcome } from './outcome';

/** The items of one message. */
export interface Job {
  /** Items without an outcome. */
  left: number;
  /** Billing took an item of it. */
  isTaken: boolean;
  outcomes: ItemOutcome[];
  done(outcomes: ItemOutcome[]): void;
}

/** One item on its way. */
export interface Entry {
  item: UsageItem;
  job: Job;
  /** Its place in the job. */
  place: number;
  tries: number;
  /** Not to be sent before, ms UTC. */
  readyAt: number;
  /** In a call under way. */
  isSending: boolean;
}

/** Items that wait for billing, in the order of arrival. Those of one subscription are sent in that order: while one of them is
 *  in a call or waits to be sent again, the later ones wait. */
export class SendQueue {
  readonly #entries = new Set<Entry>();
  /** Counts the probes, so that bad items that are always probed cannot keep good ones from being sent for ever. */
  #probes = 0;

  /** Resolves to one outcome per item, in the order given. */
  add(items: readonly UsageItem[]): Promise<ItemOutcome[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise(done => {
      const job: Job = { left: items.length, isTaken: false, outcomes: [], done };
      for (const [place, item] of items.entries())
        this.#entries.add({ item, job, place, tries: 0, readyAt: 0, isSending: false });
    });
  }

  /** The items of the next call, as many as billing takes in one; and how long the first of those that are not ready has to wait. */
  next(
    now: number,
    { batch, groupBy }: Pick<UsageLimits, 'batch' | 'groupBy'>,
  ): { entries: Entry[]; waitMs: number | null } {
    const held = this.#sending();
    const entries: Entry[] = [];
    let waitMs: number | null = null;
    for (const entry of this.#entries) {
      const { subscription } = entry.item;
      if (entry.isSending || held.has(subscription)) continue;
      if (groupBy && entries[0] && entries[0].item.subscription !== subscription) continue;
      if (entry.readyAt > now) {
        held.add(subscription);
        waitMs = Math.min(waitMs ?? entry.readyAt - now, entry.readyAt - now);
      } else if (entries.push(entry) >= batch) break;
    }
    return { entries, waitMs };
  }

  /** An item to send alone after a call failed: one of the call itself when it had several, else the next of another subscription
   *  of the same messages, or of the same one. Another one every time. */
  probe(failed: readonly Entry[], jobs: ReadonlySet<Job>, now: number): Entry | undefined {
    this.#probes += 1;
    if (failed.length > 1) return failed[this.#probes % failed.length];
    const own = failed[0]?.item.subscription;
    const held = this.#sending();
    const [others, same]: [Entry[], Entry[]] = [[], []];
    for (const entry of this.#entries) {
      const { subscription } = entry.item;
      if (entry.isSending || !jobs.has(entry.job) || entry.readyAt > now) continue;
      if (subscription === own) same.push(entry);
      else if (!held.has(subscription)) others.push(entry);
      held.add(subscription);
    }
    const from = others.length > 0 ? others : same;
    return from[this.#probes % from.length];
  }

  /** Takes the item out of the queue; the last one of its job resolves the job. */
  settle(entry: Entry, outcome: ItemOutcome): void {
    const { job, place } = entry;
    this.#entries.delete(entry);
    job.outcomes[place] = outcome;
    if (outcome.outcome === 'delivered' || outcome.outcome === 'duplicate') job.isTaken = true;
    job.left -= 1;
    if (job.left === 0) job.done(job.outcomes);
  }

  /** Settles every item of these jobs, or of all, that is in no call. */
  settleWaiting(outcome: ItemOutcome, jobs?: ReadonlySet<Job>): void {
    for (const entry of [...this.#entries])
      if (!entry.isSending && (!jobs || jobs.has(entry.job))) this.settle(entry, outcome);
  }

  /** No item waits any more before it is sent again. */
  readyAll(): void {
    for (const entry of this.#entries) entry.readyAt = 0;
  }

  /** Subscriptions with an item in a call: nothing else of them may go out, or their order would be lost. */
  #sending(): Set<string> {
    const subscriptions = new Set<string>();
    for (const { isSending, item } of this.#entries) if (isSending) subscriptions.add(item.subscription);
    return subscriptions;
  }
}
