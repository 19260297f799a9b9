import type { Clock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError } from '../../errors';
import type { Authorizer } from '../../http/types';
import type { TokenTimes } from './jwt';

/** A token as the token site gave it. */
export interface IssuedToken extends TokenTimes {
  /** The JWT alone, without a scheme. */
  token: string;
}

/** A token is renewed this long before it ends, so that none ends while a call is on its way. */
const marginMs = 5 * 60_000;
/** A token that becomes valid later than this is of no use now. */
const longestStartMs = 60_000;

/** The header that is sent, and when (ms UTC) it is to be renewed. */
interface Held {
  header: string;
  refreshAt: number;
}

/** A request for a token, and how many callers wait for it. */
interface Refresh {
  result: Promise<Held>;
  abort: AbortController;
  waiters: number;
}

/** Keeps one token and renews it when it has at most 5 minutes left (a fifth of its life if that is under 25 minutes), and
 *  after a 401. However many callers ask, there is one request; if it fails, everyone waiting fails and the next caller tries
 *  anew; if all give up, it is aborted. */
export class TokenCache implements Authorizer {
  readonly #issue: (signal: AbortSignal) => Promise<IssuedToken>;
  readonly #clock: Clock;
  #held: Held | null = null;
  #refresh: Refresh | null = null;

  constructor(issue: (signal: AbortSignal) => Promise<IssuedToken>, clock: Clock) {
    this.#issue = issue;
    this.#clock = clock;
  }

  async header(signal: AbortSignal): Promise<string> {
    if (this.#held && this.#clock.now() < this.#held.refreshAt) return this.#held.header;
    return (await this.#join(signal)).header;
  }

  /** Drops only the header that was refused: a late 401 to the old token must not discard its successor. */
  refused(header: string): void {
    if (this.#held?.header === header) this.#held = null;
  }

  /** Waits for the one request, which is made if there is none. @throws ABORTED */
  #join(signal: AbortSignal): Promise<Held> {
    if (signal.aborted) return Promise.reject(givenUp());
    this.#refresh ??= this.#start();
    const refresh = this.#refresh;
    refresh.waiters += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        refresh.waiters -= 1;
        if (refresh.waiters === 0) this.#abandon(refresh);
        reject(givenUp());
      };
      signal.addEventListener('abort', leave, { once: true });
      refresh.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #start(): Refresh {
    const abort = new AbortController();
    const refresh: Refresh = { result: this.#fetch(abort.signal), abort, waiters: 0 };
    const over = () => this.#forget(refresh);
    refresh.result.then(over, over);
    return refresh;
  }

  /** Nobody waits any more; the next caller must not join a request that is being aborted. */
  #abandon(refresh: Refresh): void {
    this.#forget(refresh);
    refresh.abort.abort();
  }

  #forget(refresh: Refresh): void {
    if (this.#refresh === refresh) this.#refresh = null;
  }

  /** Gets a token and keeps it. @throws WAP_AUTH when it is over already, or not valid for a while */
  async #fetch(signal: AbortSignal): Promise<Held> {
    const issued = await this.#issue(signal);
    const now = this.#clock.now();
    const life = issued.expiresAt === null ? Number.POSITIVE_INFINITY : issued.expiresAt - now;
    if (life <= 0)
      throw AdapterError.advising(
        'WAP_AUTH',
        "WAP's token site gave a token that is over already: compare the clocks of both machines.",
        { subject: 'token' },
      );
    await this.#untilItHolds(issued, signal);
    const margin = Number.isFinite(life) ? Math.min(marginMs, life / 5) : 0;
    this.#held = { header: `Bearer ${issued.token}`, refreshAt: now + life - margin };
    return this.#held;
  }

  /** Some sites issue tokens that become valid a little later. If the site says when it issued the token, its clock counts:
   *  ours may be behind, and must not hold anything up. */
  async #untilItHolds({ notBefore, issuedAt }: IssuedToken, signal: AbortSignal): Promise<void> {
    const waitMs = notBefore === null ? 0 : notBefore - (issuedAt ?? this.#clock.now());
    if (notBefore !== null && waitMs > longestStartMs) throw notYet(notBefore, "WAP's token site gave a token that");
    if (waitMs > 0) await pause(this.#clock, waitMs, signal);
  }
}

/** WAP_AUTH for a token of the future; retryable, because time alone mends it. */
export function notYet(notBefore: number, what: string): AdapterError {
  return AdapterError.advising(
    'WAP_AUTH',
    `${what} holds only from ${new Date(notBefore).toISOString()} on: compare the clocks of both machines.`,
    { subject: 'token', retryable: true },
  );
}

function givenUp(): AdapterError {
  return new AdapterError('ABORTED', 'The wait for a token was given up.');
}
