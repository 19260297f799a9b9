/** Billing systems of the tests' own that behave as their documents say: what they hold, what they refuse, what they take twice. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BillingSettings } from '../../lib/billing/settings';

export type Json = Record<string, unknown>;

export interface StandInCall {
  method: string;
  /** Without the query, decoded part by part: `['plans', 'gold']`. */
  path: string[];
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  /** The JSON, or the form as nested objects. */
  body: Json;
  text: string;
}

export type StandInAnswer = [status: number, body?: unknown, headers?: Record<string, string>];

/** What one offer costs there. */
export interface Terms {
  state: 'draft' | 'active' | 'retired';
  /** Of one period, in units of the currency. */
  price: number;
  /** By meter. */
  rates: Record<string, number>;
}

/** Subscription key → meter → each quantity, as text. */
export type Billed = Record<string, Record<string, string[]>>;

export function add(billed: Billed, key: string, meter: string, quantity: string): void {
  const meters = billed[key] ?? {};
  billed[key] = { ...meters, [meter]: [...(meters[meter] ?? []), quantity] };
}

/** One system with its memory. */
export interface SystemModel {
  answer(call: StandInCall): StandInAnswer;
  /** By the key of the offer. */
  offers(): Record<string, Terms>;
  /** Subscriptions that are charged or paused, by key: the offer and whether it is paused. */
  subscriptions(): Record<string, { offer: string; paused: boolean }>;
  /** What it would bill. */
  billed(): Billed;
  /** What exists more than once although it should not. */
  doubles(): string[];
}

export interface RunningStandIn {
  url: string;
  /** `METHOD /path` of each call that changes something. */
  readonly changes: string[];
  /** All calls. */
  readonly calls: string[];
  /** The change number `n` from now on (1: the next) takes effect, but its answer is lost. */
  loseAnswer(n: number): void;
  /** The change number `n` from now on is answered with 503 and does nothing. */
  failChange(n: number): void;
  close(): Promise<void>;
}

export async function runStandIn(model: SystemModel, base: string): Promise<RunningStandIn> {
  const changes: string[] = [];
  const calls: string[] = [];
  let loseAt = 0;
  let failAt = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const { method = 'GET', headers } = request;
    calls.push(`${method} ${url.pathname}`);
    const isChange = method !== 'GET';
    if (isChange) changes.push(`${method} ${url.pathname}`);
    if (isChange && changes.length === failAt) return void response.writeHead(503).end('busy');
    const path = url.pathname
      .slice(base.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const [status, body, more] = model.answer({
      ...{ method, path, query: url.searchParams, headers, text },
      body: bodyOf(text, String(headers['content-type'])),
    });
    if (isChange && changes.length === loseAt) return void response.destroy();
    response.writeHead(status, { 'Content-Type': 'application/json', ...more });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    changes,
    calls,
    loseAnswer: n => {
      loseAt = changes.length + n;
    },
    failChange: n => {
      failAt = changes.length + n;
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

function bodyOf(text: string, type: string): Json {
  if (text === '') return {};
  if (type.includes('form')) return formOf(new URLSearchParams(text));
  const json: unknown = JSON.parse(text);
  return (Array.isArray(json) ? { list: json } : json) as Json;
}

/** `items[0][price]=p` as `{ items: { 0: { price: 'p' } } }`. */
function formOf(fields: URLSearchParams): Json {
  const result: Json = {};
  for (const [name, value] of fields) {
    const parts = [...name.matchAll(/[^[\]]+/g)].map(([part]) => part);
    const last = parts.pop() ?? '';
    let at = result;
    for (const part of parts) {
      const inner = (at[part] ?? {}) as Json;
      at[part] = inner;
      at = inner;
    }
    at[last] = value;
  }
  return result;
}

/** How the tests open a connection to one system. */
export interface SystemUnderTest {
  name: string;
  base: string;
  settings: Pick<BillingSettings, 'provider' | 'auth' | 'options' | 'secondSecret'>;
  model(): SystemModel;
}
