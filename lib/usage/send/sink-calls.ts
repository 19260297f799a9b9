import type { Clock } from '../../async/clock';
import { yieldToLoop } from '../../async/event-loop';
import { SetBack } from '../../async/set-back';
import type { SendOutcome, UsageItem, UsageSink } from '../../billing/usage-port';
import { AdapterError } from '../../errors';
import { isOfItems, mayBeOfItems } from './at-fault';

/** `held`: the item fails alone while billing takes others; it is not tried again before its next delivery. */
export type CallOutcome = SendOutcome | { outcome: 'held'; error: AdapterError };

/** Items that take about a millisecond to write as JSON. */
const manyToWrite = 100;

/** Calls to billing's intake, no faster than it bears. */
export class SinkCalls {
  readonly #sink: UsageSink;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #setBack = new SetBack();
  #nextCallAt = 0;

  constructor(sink: UsageSink, clock: Clock, signal: AbortSignal) {
    this.#sink = sink;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** One call. */
  async once(items: UsageItem[]): Promise<SendOutcome[]> {
    await this.#turn();
    if (items.length >= manyToWrite) await yieldToLoop(); // calls that begin together are written one by one
    return this.#sink.send(items, { signal: this.#signal });
  }

  /** As many calls as it takes: one that billing refuses as a whole is halved until the items at fault are found. With
   *  `isAlive`, because billing has just taken another item, so is a call that fails otherwise. */
  async halving(items: UsageItem[], isAlive = false): Promise<CallOutcome[]> {
    try {
      return await this.once(items);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      const isTheirs = isAlive ? mayBeOfItems(error) : isOfItems(error);
      if (isAlive && isTheirs && items.length === 1) return [{ outcome: 'held', error }];
      if (!isTheirs || items.length === 1) throw error;
      const middle = Math.ceil(items.length / 2);
      const first = await this.halving(items.slice(0, middle), isAlive);
      return [...first, ...(await this.halving(items.slice(middle), isAlive))];
    }
  }

  /** Waits for this call's place in the limit of calls a second. */
  async #turn(): Promise<void> {
    this.#signal.throwIfAborted();
    const { callsPerSecond } = this.#sink.limits;
    if (callsPerSecond === null) return;
    const now = this.#clock.now();
    // After the clock was set back the place would lie far ahead.
    if (this.#setBack.notices(now)) this.#nextCallAt = now;
    const at = Math.max(now, this.#nextCallAt);
    this.#nextCallAt = at + 1000 / callsPerSecond;
    if (at > now) await this.#clock.sleep(Math.ceil(at - now), this.#signal);
  }
}
