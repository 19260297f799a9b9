import type { Clock } from '../../async/clock';
import { longestSleepMs, SetBack } from '../../async/set-back';
import { SharedAbort } from '../../async/shared-abort';
import type { BillingProvider } from '../port';
import { absent } from '../rest/read-offer';
import type { Check, Wait, WaitRequest, WaitResult } from './wait';
import { aborted, checkRequest, isRetryable, isUnreadable, unknownAtDeadline, verdict } from './wait';

export type { WaitRequest, WaitResult } from './wait';

/** Reads in flight at once, where the provider cannot list. */
const mostReads = 4;
/** As many keys are asked for one by one although the provider can list, when it must be certain that they are not there. */
const mostDoubted = 20;

/** All waits of one billing connection. However many there are, they cost one timer and, where the provider can list, one
 *  list a round (a round for a single key reads that key). Waits with the same interval share their rounds, and a list
 *  answers everybody, due or not. */
export class PropagationWatch {
  private readonly waits = new Set<Wait>();
  private readonly signals = new SharedAbort<Wait>(wait => this.end(wait, { error: aborted(wait.key) }));
  /** Interval → when the waits with it are checked next. */
  private readonly slots = new Map<number, number>();
  private running = false;
  private closed = false;
  /** Ends the sleep under way. */
  private wake: AbortController | null = null;
  /** Ends the calls of the round under way. */
  private calls: AbortController | null = null;
  /** Billing asked to be left alone until then (Retry-After). */
  private pause: { until: number; error: unknown } | null = null;
  private readonly setBack = new SetBack();
  /** Whose time is up although billing did not show the offer: it is asked once more. */
  private doubted: Wait[] = [];

  constructor(
    private readonly provider: Pick<BillingProvider, 'offerState' | 'listOffers' | 'check'>,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the offer is there (`ready`) or billing says at the deadline that it is not (`not in time`), twice and
   *  while it also answers its check: what follows may delete a plan. The first check is made at once, the last one at the
   *  deadline. Temporary failures of billing are tried again until then.
   *  @throws the last BILLING_… error when billing cannot be asked at the deadline; a permanent one (credentials,
   *  template) at once; BILLING_OFFER_DIFFERS when the offer is retired; ABORTED; INPUT_INVALID */
  async wait(request: WaitRequest): Promise<WaitResult> {
    checkRequest(request);
    const { key, signal } = request;
    if (this.closed || signal?.aborted) throw aborted(key);
    const startedAt = this.clock.now();
    return new Promise((resolve, reject) => {
      const wait: Wait = { ...request, startedAt, dueAt: startedAt, checks: 0, resolve, reject };
      this.waits.add(wait);
      this.signals.add(signal, wait);
      this.wake?.abort();
      if (!this.running) void this.run();
    });
  }

  /** Ends every wait with ABORTED; later ones are ABORTED too. */
  close(): void {
    this.closed = true;
    for (const wait of this.waits) this.end(wait, { error: aborted(wait.key) });
  }

  /** Never rejects. Ends when nobody waits. */
  private async run(): Promise<void> {
    this.running = true;
    try {
      await Promise.resolve(); // who comes in the same turn shares the first round
      while (this.waits.size > 0) {
        const now = this.clock.now();
        if (this.setBack.notices(now)) this.bringForward(now);
        const due = this.takeDue(now);
        if (due.length > 0) await this.round(due);
        else if (this.waits.size > 0) await this.sleep();
      }
    } catch (error) {
      // Only a defect comes here; nobody may be left waiting for ever.
      for (const wait of this.waits) this.end(wait, { error });
    } finally {
      this.running = false;
      this.slots.clear();
      this.pause = null;
    }
  }

  /** What was to come at a time comes now; deadlines stay, they are times of the clock. */
  private bringForward(now: number): void {
    this.slots.clear();
    this.pause = null;
    for (const wait of this.waits) wait.dueAt = now;
  }

  /** The waits to check now. While billing asks for a pause nobody is checked, and who is over is told why. */
  private takeDue(now: number): Wait[] {
    const due = [...this.waits].filter(wait => Math.min(wait.dueAt, wait.deadlineAt) <= now);
    if (this.pause === null || now >= this.pause.until) return due;
    for (const wait of due)
      if (wait.deadlineAt <= now && isRetryable(this.pause.error))
        this.end(wait, { error: unknownAtDeadline(wait.key, this.pause.error) });
    return [];
  }

  private async round(due: Wait[]): Promise<void> {
    const keys = [...new Set(due.map(wait => wait.key))];
    const calls = new AbortController();
    this.calls = calls;
    try {
      if (this.provider.listOffers && keys.length > 1)
        await this.listRound([...this.waits], new Set(due), calls.signal);
      else await this.readRound(keys, due, calls.signal);
      await this.askAgain(calls.signal);
    } finally {
      this.doubted = [];
      this.calls = null;
    }
  }

  private async listRound(everybody: Wait[], due: Set<Wait>, signal: AbortSignal, isAgain = false): Promise<void> {
    const answer = await this.ask(async () => {
      const offers = (await this.provider.listOffers?.({ signal })) ?? [];
      return new Map(offers.map(offer => [offer.key, offer]));
    });
    // One offer that cannot be read holds up nobody else: then each is asked for by itself.
    if ('error' in answer && isUnreadable(answer.error))
      return this.readRound([...new Set([...due].map(({ key }) => key))], [...due], signal, isAgain);
    const checkOf = (key: string): Check =>
      'error' in answer ? answer : { offer: answer.value.get(key) ?? absent(key) };
    for (const wait of everybody) this.conclude(wait, checkOf(wait.key), { wasDue: due.has(wait), isAgain });
  }

  private async readRound(keys: string[], due: Wait[], signal: AbortSignal, isAgain = false): Promise<void> {
    const waiting = new Map<string, Wait[]>(keys.map(key => [key, []]));
    for (const wait of due) waiting.get(wait.key)?.push(wait);
    const left = waiting.entries();
    const work = async () => {
      for (const [key, waits] of left) {
        if (signal.aborted) return;
        const answer = await this.ask(() => this.provider.offerState(key, { signal }));
        const check: Check = 'error' in answer ? answer : { offer: answer.value };
        for (const wait of waits) this.conclude(wait, check, { wasDue: true, isAgain });
      }
    };
    await Promise.all(Array.from({ length: Math.min(mostReads, keys.length) }, work));
  }

  /** Before *not in time* is said. A system that answers nobody properly, or an address that is not billing's, fails the
   *  check; and a key is asked for by itself where a list may have missed it. */
  private async askAgain(signal: AbortSignal): Promise<void> {
    const waits = this.doubted;
    if (waits.length === 0) return;
    const check = await this.ask(() => this.provider.check({ signal }));
    if ('error' in check) {
      for (const wait of waits) this.conclude(wait, check, { wasDue: true, isAgain: true });
      return;
    }
    const keys = [...new Set(waits.map(({ key }) => key))];
    if (this.provider.listOffers && keys.length > mostDoubted)
      await this.listRound(waits, new Set(waits), signal, true);
    else await this.readRound(keys, waits, signal, true);
  }

  private async ask<T>(call: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    try {
      return { value: await call() };
    } catch (error) {
      const waitMs = isRetryable(error) ? error.cause.retryAfterMs : undefined;
      if (waitMs !== undefined) this.pause = { until: this.clock.now() + waitMs, error };
      return { error };
    }
  }

  private conclude(wait: Wait, check: Check, { wasDue, isAgain }: { wasDue: boolean; isAgain: boolean }): void {
    if (!this.waits.has(wait)) return; // given up meanwhile
    const now = this.clock.now();
    if (!isAgain) wait.checks += 1;
    const end = verdict(wait, check, now);
    const isLate = end !== null && 'result' in end && end.result.outcome === 'not in time';
    if (isLate && !isAgain) this.doubted.push(wait);
    else if (end) this.end(wait, end);
    else if (wasDue) wait.dueAt = this.slot(wait.intervalMs, now);
  }

  private slot(intervalMs: number, now: number): number {
    const known = this.slots.get(intervalMs);
    if (known !== undefined && known > now) return known;
    const next = now + intervalMs;
    this.slots.set(intervalMs, next);
    return next;
  }

  private async sleep(): Promise<void> {
    const wake = new AbortController();
    this.wake = wake;
    const pausedUntil = this.pause?.until ?? 0;
    let next = Number.POSITIVE_INFINITY;
    for (const wait of this.waits) next = Math.min(next, Math.max(wait.dueAt, pausedUntil), wait.deadlineAt);
    try {
      await this.clock.sleep(Math.min(Math.max(0, next - this.clock.now()), longestSleepMs), wake.signal);
    } catch (error) {
      if (!wake.signal.aborted) throw error;
    } finally {
      this.wake = null;
    }
  }

  private end(wait: Wait, end: { result: WaitResult } | { error: unknown }): void {
    this.waits.delete(wait);
    this.signals.remove(wait.signal, wait);
    if ('result' in end) wait.resolve(end.result);
    else wait.reject(end.error);
    if (this.waits.size > 0) return;
    this.wake?.abort();
    this.calls?.abort();
  }
}
