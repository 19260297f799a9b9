import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../lib/async/clock';
import { type BillingConnection, openBilling } from '../../../lib/billing/connection';
import { templatesWith } from '../../../lib/billing/rest/templates';
import { InstantClock } from '../http/instant-clock';
import { compile } from './jsonata-compile';

export type Json = Record<string, unknown>;
/** A text is sent as it is, anything else as JSON. */
export type Answer = [status: number, body: unknown, headers?: Record<string, string>];
export interface Request {
  /** `METHOD /path?query` */
  call: string;
  headers: IncomingHttpHeaders;
  /** The body as it came. */
  text: string;
}
/** What billing says: `METHOD /path?query` and body (`{}` for what is no JSON) → answer. */
export type Api = (call: string, body: Json, request: Request) => Answer;

export interface StandIn {
  connection: BillingConnection;
  /** Calls made so far. */
  calls: string[];
  requests: Request[];
  close(): Promise<void>;
}

/** A billing system that answers as the test says, and a connection to it. `templates` as an operator changes them. */
export async function standIn(
  templates: Json,
  api: Api,
  { retries = 0, clock = new InstantClock() as Clock, idempotencyHeader = '' } = {},
): Promise<StandIn> {
  const calls: string[] = [];
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const call = `${request.method} ${request.url}`;
    calls.push(call);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const seen = { call, headers: request.headers, text };
    requests.push(seen);
    const [status, body, headers] = api(call, jsonOf(text), seen);
    const answer = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(answer);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const http = { baseUrl: `http://127.0.0.1:${port}`, attemptTimeoutMs: 5000, totalTimeoutMs: 5000, retries };
  const close = () => new Promise(resolve => server.close(resolve));
  try {
    const connection = openBilling(
      { provider: 'rest', http, auth: { kind: 'none' }, idempotencyHeader, templates: templatesWith(templates) },
      { compile, clock },
    );
    return {
      connection,
      calls,
      requests,
      close: async () => {
        connection.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
