import type { Clock } from '../async/clock';
import { Deadlines } from '../async/deadlines';
import { AdapterError } from '../errors';
import { nodeClosed, tooMany } from './errors';
import type { CallAnswer, WaitingCalls } from './open-endpoints';
import { type Pending, pending } from './pending';
import type { PriceRequest } from './price-request';
import { type CallToken, newToken } from './token';

/** A price request that a flow is to answer; `deadlineAt` ms UTC. */
export interface AskedPrice {
  request: PriceRequest;
  token: string;
  deadlineAt: number;
}

/** How price requests of one endpoint wait; times in ms. */
export interface WaitingPricesOptions {
  endpoint: string;
  clock: Clock;
  /** How long a flow may take. */
  deadlineMs: number;
  /** Nothing is asked any more. */
  signal: AbortSignal;
  ask(asked: AskedPrice): void;
}

/** Questions that wait, and prices that are kept. */
const mostWaiting = 1000;
const mostKept = 5000;

/** Where price requests of one endpoint wait for the flow. The last price of each question is kept in memory, so that a
 *  slow flow costs the tenant no price: after a restart the first answer of the flow fills it again. */
export class WaitingPrices implements WaitingCalls {
  readonly #questions = new Map<string, Pending<string | null>>();
  readonly #kept = new Map<string, string>();

  readonly #deadlines: Deadlines<string>;

  readonly #options: WaitingPricesOptions;

  constructor(options: WaitingPricesOptions) {
    this.#options = options;
    const { clock, deadlineMs, signal } = options;
    const passed = (about: string) => this.#questions.get(about)?.settle(this.#kept.get(about) ?? null);
    this.#deadlines = new Deadlines(clock, deadlineMs, passed, signal);
  }

  /** What the flow says, or said last; null when it is late and never said anything.
   *  @throws CALL_BUSY; ABORTED when the node closes */
  price(request: PriceRequest): Promise<string | null> {
    const about = JSON.stringify(request);
    const known = this.#questions.get(about);
    if (known) return known.answer;
    if (this.#questions.size >= mostWaiting) return Promise.reject(tooMany(mostWaiting));
    const { clock, deadlineMs, endpoint, ask } = this.#options;
    const deadlineAt = clock.now() + deadlineMs;
    const question = newQuestion(() => {
      this.#deadlines.end(about);
      this.#questions.delete(about);
    });
    this.#questions.set(about, question);
    this.#deadlines.begin(about);
    ask({ request, token: newToken({ purpose: 'price', endpoint, about, deadlineAt }), deadlineAt });
    return question.answer;
  }

  /** See `WaitingCalls`. A price that comes late is refused and kept all the same: the next request gets it. */
  async take({ about, deadlineAt }: CallToken, _text: string, answer: CallAnswer): Promise<void> {
    if (answer.answer !== 'price') return; // refused before
    this.#keep(about, answer.price);
    const question = this.#questions.get(about);
    if (question) return question.settle(answer.price);
    throw this.#options.clock.now() >= deadlineAt
      ? new AdapterError('CALL_LATE', 'The price came after the deadline; it is kept for the next request.')
      : new AdapterError('CALL_ANSWERED', 'This price request was answered before.');
  }

  /** Nothing is kept of prices: whoever asked before a restart waits no more. */
  async wasTaken(): Promise<boolean> {
    return false;
  }

  /** Whoever waits hears that the node was closed. */
  close(): void {
    for (const question of this.#questions.values()) question.fail(nodeClosed());
  }

  /** The longest not renewed goes first. */
  #keep(about: string, price: string): void {
    this.#kept.delete(about);
    this.#kept.set(about, price);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** @param over called once it is settled or has failed */
function newQuestion(over: () => void): Pending<string | null> {
  const { answer, settle, fail } = pending<string | null>();
  answer.then(over, over);
  return {
    answer,
    settle: price => {
      settle(price);
      over(); // at once: the next request for this price must not find a question that is answered
    },
    fail,
  };
}
