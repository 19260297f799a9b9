import { Coalescer } from '../async/coalesce';
import { isSameName } from '../ids';
import type { Store, Tx } from '../state/port';
import {
  addDecision,
  type DecidedApproval,
  findDecision,
  highestDecided,
  pruneDecisions,
} from '../state/tables/approval';

/** WAP acts on an answer that it has got, and asks about the event no more. So a decision has to outlive this process, not
 *  a power cut: whoever has no answer after one is asked about anew. Waiting for the disk would only be slower. */
const relaxed = { relaxed: true };

/** WAP repeats a request within its time limit of 120 s. The same id much later for something else is another event: WAP's
 *  database was restored, and its ids come again. */
const repeatsMs = 3_600_000;

/** Whether a decision is no answer to a request: an old one, on another event with the same id. */
export function isOutdated({ about, decidedAt }: DecidedApproval, request: { about: string }, now: number): boolean {
  return !isSameName(about, request.about) && decidedAt < now - repeatsMs;
}

/** One decision for each event, kept before WAP hears of it. */
export class DecisionBook {
  /** Those of many tenants who buy at once share a transaction. */
  readonly #recording: Coalescer<Omit<DecidedApproval, 'endpoint'>, DecidedApproval>;

  readonly #store: Store;
  /** No event above it has a decision, so nobody has to look for one: WAP's ids rise. */
  #highest: number;

  private constructor(
    store: Store,
    readonly endpoint: string,
    highest: number,
  ) {
    this.#store = store;
    this.#highest = highest;
    this.#recording = new Coalescer(decided => store.transaction(tx => addAll(tx, endpoint, decided), relaxed));
  }

  /** The book of an endpoint, with what earlier processes decided. */
  static async open(store: Store, endpoint: string): Promise<DecisionBook> {
    return new DecisionBook(store, endpoint, await store.transaction(tx => highestDecided(tx, endpoint)));
  }

  /** The decision on an event, old or not; null without one. */
  async find(eventId: number): Promise<DecidedApproval | null> {
    if (eventId > this.#highest) return null;
    return this.#store.transaction(tx => findDecision(tx, this.endpoint, eventId), relaxed);
  }

  /** Kept when it resolves, with the decision that counts: this one, or an earlier one. */
  record(decided: Omit<DecidedApproval, 'endpoint'>): Promise<DecidedApproval> {
    this.#highest = Math.max(this.#highest, decided.eventId);
    return this.#recording.ask(decided);
  }

  /** Forgets decisions from before a time, ms UTC. */
  async prune(before: number): Promise<void> {
    await this.#store.transaction(tx => pruneDecisions(tx, this.endpoint, before));
  }
}

/** Answers in the order given, one for each: the decision that counts. */
async function addAll(tx: Tx, endpoint: string, decided: Array<Omit<DecidedApproval, 'endpoint'>>) {
  const counts: DecidedApproval[] = [];
  for (const each of decided) {
    counts.push(await addDecision(tx, { ...each, endpoint }, each.decidedAt - repeatsMs));
  }
  return counts;
}
