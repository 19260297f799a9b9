import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../async/clock';
import { Deadlines } from '../async/deadlines';
import { AdapterError } from '../errors';
import { type CallCredentials, credentialsCheck } from './basic';

/** Serves one path. Never rejects. */
export type CallHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON, unless the headers name another type. */
  body?: unknown;
}

/** How a path is served that asks for no credentials. */
export interface PageHandlerOptions {
  verbs: readonly string[];
  /** Bodies that are declared larger are not waited for. */
  maxBytes: number;
  /** How long the rest of a body that nobody reads is waited for. */
  bodyMs: number;
  clock: Clock;
  fail(error: unknown): void;
}

export interface HandlerOptions extends PageHandlerOptions {
  credentials: CallCredentials;
  /** Somebody came with other credentials. */
  refused(): void;
}

type Work = (request: IncomingMessage) => Promise<Reply>;

/** Checks who calls and how before `work` sees anything of the request; what `work` throws becomes a status. */
export function callHandler(options: HandlerOptions, work: Work): CallHandler {
  const isAuthorized = credentialsCheck(options.credentials);
  return answering(options, async request =>
    isAuthorized(request.headers.authorization) ? replyTo(request, options, work) : unauthorized(options),
  );
}

/** The same for a page whose address is the key. */
export function pageHandler(options: PageHandlerOptions, work: Work): CallHandler {
  return answering(options, request => replyTo(request, options, work));
}

/** Sends the reply and does with the rest of the request what keeps the connection usable, or ends it. */
function answering(options: PageHandlerOptions, replyOf: Work): CallHandler {
  const rests = new Deadlines<IncomingMessage>(options.clock, options.bodyMs, request => void request.destroy());
  return async (request, response) => {
    const reply = await replyOf(request);
    // Of a body still on its way only a small one is waited for.
    const isSmall = Number(request.headers['content-length']) <= options.maxBytes && reply.status !== 408;
    const isLeftOver = !request.complete && !isSmall;
    send(response, isLeftOver ? { ...reply, headers: { ...reply.headers, connection: 'close' } } : reply);
    if (!request.complete && isSmall) takeRest(request, rests);
  };
}

/** A client that was answered before its body was there may send the rest and ask again on the same connection; one that sends
 *  nothing more must not keep it open. */
function takeRest(request: IncomingMessage, rests: Deadlines<IncomingMessage>): void {
  rests.begin(request);
  request.once('close', () => rests.end(request));
  request.once('end', () => rests.end(request));
  request.resume();
}

/** 405 for another verb; else what the work answers, or what its failure means. */
async function replyTo(request: IncomingMessage, { verbs, fail }: PageHandlerOptions, work: Work): Promise<Reply> {
  if (!verbs.includes(request.method ?? '')) {
    return { status: 405, headers: { allow: verbs.join(', ') }, body: { error: 'This method is not served here.' } };
  }
  try {
    return await work(request);
  } catch (error) {
    fail(error);
    return failureReply(error);
  }
}

/** 401. It says nothing of what was wrong. */
function unauthorized({ refused }: HandlerOptions): Reply {
  refused();
  const headers = { 'www-authenticate': 'Basic realm="wap-billing", charset="UTF-8"' };
  return { status: 401, headers, body: { error: 'Credentials are needed.' } };
}

/** What went wrong inside is for Catch, not for whoever calls. */
function failureReply(error: unknown): Reply {
  const refusal = error instanceof AdapterError && error.cause.httpStatus !== undefined ? error : undefined;
  return refusal
    ? { status: refusal.cause.httpStatus ?? 400, body: { error: refusal.message } }
    : { status: 503, headers: { 'retry-after': '10' }, body: { error: 'No answer can be given now.' } };
}

/** Never stored by anything in between: answers hold decisions, prices or a person's page. */
function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined) return void response.end();
  const isText = typeof body === 'string' && response.hasHeader('content-type');
  if (!isText) response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(isText ? body : JSON.stringify(body));
}
