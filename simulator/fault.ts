import { pathOnly } from './log';
import type { ServerName } from './server-name';

/**
 * What goes wrong. The request has no effect, unless said otherwise.
 * - `delay`: the request is handled `delayMs` later.
 * - `status`: an error answer (`status`, default 500) with the API's own error body.
 * - `rate`: 429 with `Retry-After: retryAfterS` (default 1).
 * - `html`: an HTML error page (`status`, default 502).
 * - `claim`: an answer of success (`status`, default 200) with `body` (default none), although nothing was done.
 * - `reset-before`: the connection breaks before anything is done.
 * - `reset-after`: **the effect happens**, then the connection breaks without an answer.
 * - `cut-json`: the effect happens; of the answer's body only the first half is sent, as if it were all.
 * - `hold`: the effect happens; the answer waits until it is released.
 * - `hold-before`: the request waits until it is released, and only then has its effect.
 */
export const faultKinds = [
  'delay',
  'status',
  'rate',
  'html',
  'claim',
  'reset-before',
  'reset-after',
  'cut-json',
  'hold',
  'hold-before',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  kind: FaultKind;
  /** A text equals the path without its query; a pattern is tried on path and query. */
  path: RegExp | string;
  server?: ServerName;
  method?: string;
  /** How many requests it meets; default 1, `Infinity` for all. */
  times?: number;
  /** How many fitting requests pass before it begins; default 0. */
  skip?: number;
  /** Waits this long first, with every kind. */
  delayMs?: number;
  status?: number;
  retryAfterS?: number;
  /** With `claim`: a text is sent as HTML, anything else as JSON. */
  body?: unknown;
  /** With `status`, `rate` and `html`: the effect happens, and this answer takes the place of the real one. */
  afterEffect?: boolean;
}

/** One fault in force. */
export class Fault {
  #hits = 0;
  #left: number;
  #skip: number;
  #held: Array<() => void> = [];
  #waiting: Array<{ hits: number; done: () => void }> = [];

  constructor(
    readonly id: number,
    readonly rule: FaultRule,
  ) {
    this.#left = rule.times ?? 1;
    this.#skip = rule.skip ?? 0;
  }

  /** How many requests it has met. */
  get hits(): number {
    return this.#hits;
  }

  /** How many requests or answers it is holding. */
  get holding(): number {
    return this.#held.length;
  }

  /** Resolves when it has met that many requests; for `hold` kinds, when they are held. */
  untilHit(hits = 1): Promise<void> {
    if (this.#hits >= hits) return Promise.resolve();
    return new Promise(done => this.#waiting.push({ hits, done }));
  }

  /** Lets everything held go on. What comes later is held again while `times` lasts. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  /** Meets no further request, and lets everything held go on. */
  remove(): void {
    this.#left = 0;
    this.release();
  }

  /** Whether this request is the fault's; counts it when it is. */
  claim(server: ServerName, method: string, url: string): boolean {
    if (this.#left <= 0 || !this.#fits(server, method, url)) return false;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    this.#left -= 1;
    if (!this.rule.kind.startsWith('hold')) this.#countHit();
    return true;
  }

  hold(): Promise<void> {
    const released = new Promise<void>(go => this.#held.push(go));
    this.#countHit();
    return released;
  }

  #countHit(): void {
    this.#hits += 1;
    for (const waiting of this.#waiting) if (this.#hits >= waiting.hits) waiting.done();
  }

  #fits(server: ServerName, method: string, url: string): boolean {
    const { rule } = this;
    if (rule.server !== undefined && rule.server !== server) return false;
    if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false;
    return typeof rule.path === 'string' ? rule.path === pathOnly(url) : new RegExp(rule.path).test(url);
  }
}
