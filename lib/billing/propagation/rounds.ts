import { absentOffer, type BillingProvider } from '../port';
import { type Check, isRetryable, isUnreadable, type Wait } from './wait';

/** Reads in flight at once, where the provider cannot list. */
const mostReads = 4;
/** Up to this many keys are asked for one by one although the provider can list, when it must be certain that billing does not
 *  have them. */
const mostDoubted = 20;

/** What a watch needs of a provider. */
export type OfferSource = Pick<BillingProvider, 'offerState' | 'listOffers' | 'check'>;

/** How a check came about. */
export interface CheckKind {
  /** The wait's time had come; else a list happened to answer it too. */
  wasDue: boolean;
  /** The second look before *not in time*. */
  isAgain: boolean;
}

/** Who is told what the rounds found. */
export interface RoundListener {
  /** What a check brought. Answers whether billing has to be asked about this wait once more before its time is up. */
  checked(wait: Wait, check: Check, kind: CheckKind): boolean;
  /** How long billing asked to be left alone (Retry-After). */
  paused(forMs: number, error: unknown): void;
}

/** What one look at billing is for. */
interface Look {
  signal: AbortSignal;
  isAgain: boolean;
  /** Waits to ask about once more. */
  doubted: Wait[];
}

/** Asks billing about the offers of many waits with as few calls as possible. */
export class Rounds {
  readonly #source: OfferSource;
  readonly #listener: RoundListener;

  constructor(source: OfferSource, listener: RoundListener) {
    this.#source = source;
    this.#listener = listener;
  }

  /** Checks `due`; a list answers `everybody`. Never rejects because of billing. */
  async run(due: readonly Wait[], everybody: readonly Wait[], signal: AbortSignal): Promise<void> {
    const look: Look = { signal, isAgain: false, doubted: [] };
    const keys = keysOf(due);
    if (this.#source.listOffers && keys.length > 1) await this.#list(everybody, new Set(due), look);
    else await this.#read(due, look);
    if (look.doubted.length > 0) await this.#askAgain(look.doubted, signal);
  }

  async #list(waits: readonly Wait[], due: ReadonlySet<Wait>, look: Look): Promise<void> {
    const { signal } = look;
    const answer = await this.#ask(async () => {
      const offers = (await this.#source.listOffers?.({ signal })) ?? [];
      return new Map(offers.map(offer => [offer.key, offer]));
    });
    // One offer that cannot be read must hold up nobody else: each is then asked for by itself.
    if ('error' in answer && isUnreadable(answer.error)) return this.#read([...due], look);
    for (const wait of waits) {
      const check: Check = 'error' in answer ? answer : { offer: answer.value.get(wait.key) ?? absentOffer(wait.key) };
      this.#tell(wait, check, due.has(wait), look);
    }
  }

  async #read(due: readonly Wait[], look: Look): Promise<void> {
    const waiting = new Map<string, Wait[]>(keysOf(due).map(key => [key, []]));
    for (const wait of due) waiting.get(wait.key)?.push(wait);
    const left = waiting.entries();
    const work = async () => {
      for (const [key, waits] of left) {
        if (look.signal.aborted) return;
        const answer = await this.#ask(() => this.#source.offerState(key, { signal: look.signal }));
        const check: Check = 'error' in answer ? answer : { offer: answer.value };
        for (const wait of waits) this.#tell(wait, check, true, look);
      }
    };
    await Promise.all(Array.from({ length: Math.min(mostReads, waiting.size) }, work));
  }

  /** The second look, before *not in time* is said. The check unmasks a system that answers nobody properly, or an address that
   *  is not billing's; and a key is asked for by itself, because a list may have missed it. */
  async #askAgain(waits: readonly Wait[], signal: AbortSignal): Promise<void> {
    const look: Look = { signal, isAgain: true, doubted: [] };
    const check = await this.#ask(() => this.#source.check({ signal }));
    if ('error' in check) {
      for (const wait of waits) this.#tell(wait, check, true, look);
      return;
    }
    if (this.#source.listOffers && keysOf(waits).length > mostDoubted) await this.#list(waits, new Set(waits), look);
    else await this.#read(waits, look);
  }

  async #ask<T>(call: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    try {
      return { value: await call() };
    } catch (error) {
      const waitMs = isRetryable(error) ? error.cause.retryAfterMs : undefined;
      if (waitMs !== undefined) this.#listener.paused(waitMs, error);
      return { error };
    }
  }

  #tell(wait: Wait, check: Check, wasDue: boolean, { isAgain, doubted }: Look): void {
    if (this.#listener.checked(wait, check, { wasDue, isAgain })) doubted.push(wait);
  }
}

const keysOf = (waits: readonly Wait[]): string[] => [...new Set(waits.map(({ key }) => key))];
