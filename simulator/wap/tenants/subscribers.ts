import type { SimulatorClock } from '../../clock';
import { badRequest } from '../errors';
import type { ApprovalSubscriber, ApprovalVerdict, PriceAnswer, PriceQuery } from './approval-options';
import { ask } from './ask';

interface Settings {
  clock: SimulatorClock;
  /** `OutgoingCallsDefaultTimeoutInSeconds`, dn532189. */
  timeoutMs: number;
}

type Named = ApprovalSubscriber & { name: string };
type Call = { subscriber: Named; path: string; method: string; body: string | null };

/** The adapters that are registered, and how they are asked: all of them at the same time. */
export class Subscribers {
  readonly #settings: Settings;
  readonly #byName = new Map<string, Named>();
  readonly #closing = new AbortController();

  constructor(settings: Settings, subscribers: ApprovalSubscriber[]) {
    this.#settings = settings;
    for (const subscriber of subscribers) this.register(subscriber);
  }

  /** @throws 400 */
  register(subscriber: ApprovalSubscriber): void {
    const { endpoint, type } = subscriber;
    if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
      throw badRequest('endpoint must be an address with http or https.', 'endpoint');
    }
    if (!['billing', 'mandatory', 'optional'].includes(type)) {
      throw badRequest('type must be billing, mandatory or optional.', 'type');
    }
    const name = subscriber.name ?? type;
    this.#byName.set(name, { ...subscriber, endpoint: endpoint.replace(/\/+$/, ''), name });
  }

  remove(name: string): boolean {
    return this.#byName.delete(name);
  }

  /** Without their passwords. */
  list(): Array<Omit<Named, 'password'>> {
    return [...this.#byName.values()].map(({ password: _password, ...shown }) => shown);
  }

  /** Whether somebody has to be waited for. */
  get blocking(): boolean {
    return [...this.#byName.values()].some(isBlocking);
  }

  /** The verdicts of those that block; the others are told, and not waited for. `verbOf` gives the HTTP verb. */
  async approve(
    path: string,
    verbOf: (subscriber: ApprovalSubscriber) => string,
    event: unknown,
  ): Promise<ApprovalVerdict[]> {
    const body = JSON.stringify(event);
    const calls = [...this.#byName.values()].map(subscriber => {
      const verdict = this.#verdict({ subscriber, path, method: verbOf(subscriber), body });
      return isBlocking(subscriber) ? verdict : null;
    });
    return Promise.all(calls.filter(call => call !== null));
  }

  /** Asks the first one of type billing. @throws 400 when there is none */
  async price(path: string, query: PriceQuery & { id: string }): Promise<PriceAnswer> {
    const subscriber = [...this.#byName.values()].find(({ type }) => type === 'billing');
    if (!subscriber) throw badRequest('No subscriber of type billing is registered.', 'subscribers');
    const { subscriptionId, ...rest } = query;
    // The page writes it without capitals (dn448822).
    const parameters = Object.entries({ ...rest, subscriptionid: subscriptionId }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    );
    const answer = await this.#call({ subscriber, path: `${path}?${parameters.join('&')}`, method: 'GET', body: null });
    if (!answer || typeof answer === 'string') return { status: null, price: null };
    return { status: answer.status, price: answer.status < 400 ? priceIn(answer.text) : null };
  }

  /** Calls that are open end at once. */
  close(): void {
    this.#closing.abort();
  }

  async #verdict(call: Call): Promise<ApprovalVerdict> {
    const about = { subscriber: call.subscriber.name, blocking: isBlocking(call.subscriber) };
    const answer = await this.#call(call);
    if (typeof answer === 'string') return { ...about, outcome: answer, status: null };
    const { status } = answer;
    return { ...about, outcome: status < 400 ? 'accepted' : 'denied', status };
  }

  async #call({ subscriber, path, method, body }: Call) {
    const { endpoint, user, password, insecure } = subscriber;
    const over = new AbortController();
    const stop = () => over.abort();
    this.#closing.signal.addEventListener('abort', stop, { once: true });
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (user !== undefined) {
      headers.Authorization = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
    }
    const { clock, timeoutMs } = this.#settings;
    const answer = ask({
      method,
      url: endpoint + path,
      headers,
      body,
      insecure: insecure ?? false,
      signal: over.signal,
    });
    const timeout = clock.sleep(timeoutMs, over.signal).then(() => 'timeout' as const);
    try {
      return await Promise.race([answer.catch(() => 'unreachable' as const), timeout]);
    } finally {
      timeout.catch(() => undefined);
      this.#closing.signal.removeEventListener('abort', stop);
      stop();
    }
  }
}

/** BillingService and MandatoryService block, OptionalService does not (PS). */
const isBlocking = ({ type }: ApprovalSubscriber): boolean => type !== 'optional';

/** A JSON string literal is what the page lets assume; plain text is taken as it is. */
function priceIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
