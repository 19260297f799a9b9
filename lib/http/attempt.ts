import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import type { Clock } from '../async/clock';
import { yieldToLoop } from '../async/event-loop';
import { startLimit } from '../async/time-limit';
import type { PeerFacts } from './broken';
import { failureOfBreak } from './broken';
import { decodeBody, isPlainUtf8, natureOf, parseJson } from './decode';
import type { Failure } from './failure';
import { AttemptError } from './failure';
import { hideWords } from './guard';
import type { Secrets } from './secrets';
import { failureOfStatus } from './status';
import type { HttpCall } from './types';
import { waitTold } from './wait-headers';

/** Length that takes about a millisecond to parse. */
const longToParse = 30_000;

/** What one attempt needs to know about its call and its peer. */
export interface AttemptContext {
  call: HttpCall;
  timeoutMs: number;
  peer: PeerFacts;
  clock: Clock;
  secrets: Secrets;
}

/** One request and its whole answer, within `timeoutMs` from connecting to the last byte (axios' own timeout starts
 *  again with every byte). Resolves with the parsed body in `data`.
 *  @throws AttemptError; or axios' CanceledError when the call's own signal fired */
export async function attempt(config: InternalAxiosRequestConfig, context: AttemptContext): Promise<AxiosResponse> {
  const response = await exchange(config, context);
  context.peer.hasAnswered = true;
  if (Number(response.data?.length) > longToParse) await yieldToLoop(); // several answers may have arrived in this turn
  return { ...response, config, data: readAnswer(response, config, context) };
}

/** Sends the request and waits for all of the answer. @throws AttemptError; what the call's own signal threw */
async function exchange(config: InternalAxiosRequestConfig, context: AttemptContext): Promise<AxiosResponse> {
  const parent = config.signal instanceof AbortSignal ? config.signal : undefined;
  const limit = startLimit(context.timeoutMs, [parent]);
  const send: AxiosAdapter = axios.getAdapter('http');
  try {
    return await send({ ...config, signal: limit.signal });
  } catch (error) {
    if (limit.endedBy() === 'parent') throw error;
    const timeUp: Failure = {
      kind: 'TIMEOUT',
      text: `at ${context.peer.place} did not answer within ${context.timeoutMs} ms${context.peer.hasAnswered ? '' : context.peer.hint}`,
      transient: true,
      maybeExecuted: true,
    };
    const broken = limit.endedBy() === 'time' ? timeUp : failureOfBreak(error, context.peer);
    throw new AttemptError(broken, config);
  } finally {
    limit.release();
  }
}

/** @returns the body as the call wants it @throws AttemptError when status or body is not an answer */
function readAnswer(response: AxiosResponse, config: InternalAxiosRequestConfig, context: AttemptContext): unknown {
  const { call, secrets } = context;
  const { status } = response;
  const headers = plainHeaders(response);
  const bytes = Buffer.isBuffer(response.data) ? response.data : Buffer.alloc(0);
  const text = decodeBody(bytes, headers['content-type']);
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && call.read === 'text') return text;
  const parsed = parseJson(text);
  if (!isSuccess && !call.accept?.(status)) {
    const said = { headers, body: parsed?.value, text, wait: waitTold(status, headers, context.clock.now()) };
    throw new AttemptError(
      failureOfStatus(status, said, each => secrets.hide(each)),
      config,
    );
  }
  if (call.read === 'text') return text;
  const odd = (nature: string) => new AttemptError(unreadable(status, nature), config);
  // An empty answer is fine for a write and for 204. A read that brings nothing was damaged on its way.
  const isLost = text.trim() === '' && call.method === 'GET' && status !== 204;
  if (isSuccess && (!parsed || isLost)) throw odd(natureOf(text, headers['content-type']));
  if (!parsed) return null;
  if (call.read === 'both')
    return { json: parsed.value, bytes: parsed.isPlain && isPlainUtf8(bytes) ? bytes : jsonBytes(parsed.value) };
  if (!hideWords(parsed.value, secrets)) throw odd('values nested without end');
  return parsed.value;
}

/** For an answer that was repaired: what is stored must be what was read. */
const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Transient: a proxy's error page or a truncated answer usually comes whole the next time. If not, the last attempt reports
 *  it. */
function unreadable(status: number, nature: string): Failure {
  const missed = /HTML|XML/.test(nature) ? 'JSON: is the address right?' : 'complete JSON';
  return {
    kind: 'BAD_RESPONSE',
    text: `answered ${status} with ${nature} instead of ${missed}`,
    transient: true,
    maybeExecuted: true,
    httpStatus: status,
  };
}

/** Headers by their names in small letters, as texts. */
export function plainHeaders(response: AxiosResponse): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && value !== null) plain[name.toLowerCase()] = String(value);
  }
  return plain;
}
