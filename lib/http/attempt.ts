import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import type { Clock } from '../clock';
import { yieldToLoop } from '../event-loop';
import type { HttpCall } from '../http';
import { parseExact } from '../json';
import { failureOfBreak } from './broken';
import type { Failure } from './failure';
import { AttemptError } from './failure';
import { hideWords } from './guard';
import { startLimit } from './limit';
import { parseRetryAfter } from './retry';
import type { Secrets } from './secrets';
import { failureOfStatus } from './status';

/** Bytes or characters that take about a millisecond. */
const longToParse = 30_000;

/** What one attempt needs to know of its call and its peer. */
export interface AttemptContext {
  call: HttpCall;
  timeoutMs: number;
  maxBodyBytes: number;
  /** `host:port`, for messages. */
  place: string;
  clock: Clock;
  secrets: Secrets;
}

/** One request and its whole answer, within `timeoutMs` from connecting to the last byte (axios' own timeout starts
 *  again with every byte). Resolves with the parsed body in `data`.
 *  @throws AttemptError; or axios' CanceledError when the call's own signal fired */
export async function attempt(config: InternalAxiosRequestConfig, context: AttemptContext): Promise<AxiosResponse> {
  const parent = config.signal instanceof AbortSignal ? config.signal : undefined;
  const limit = startLimit(context.timeoutMs, [parent]);
  const send: AxiosAdapter = axios.getAdapter('http');
  try {
    const response = await send({ ...config, signal: limit.signal });
    if (Number(response.data?.length) > longToParse) await yieldToLoop(); // several may have come at once
    return { ...response, config, data: readAnswer(response, config, context) };
  } catch (error) {
    if (error instanceof AttemptError || limit.endedBy() === 'parent') throw error;
    const timeUp: Failure = {
      kind: 'TIMEOUT',
      text: `at ${context.place} did not answer within ${context.timeoutMs} ms`,
      transient: true,
      maybeExecuted: true,
    };
    const broken = limit.endedBy() === 'time' ? timeUp : failureOfBreak(error, context.place, context.maxBodyBytes);
    throw new AttemptError(broken, config);
  } finally {
    limit.release();
  }
}

/** @returns the body as the call wants it @throws AttemptError when status or body is not an answer */
function readAnswer(response: AxiosResponse, config: InternalAxiosRequestConfig, context: AttemptContext): unknown {
  const { call } = context;
  const bytes = Buffer.isBuffer(response.data) ? response.data : null;
  const text = bytes ? bytes.toString('utf8') : typeof response.data === 'string' ? response.data : '';
  const isSuccess = response.status >= 200 && response.status < 300;
  const headers = plainHeaders(response);
  if (isSuccess && call.read === 'text') return text;
  const json = parseJson(text);
  if (!isSuccess && !call.accept?.(response.status)) {
    const wait = parseRetryAfter(headers['retry-after'], context.clock.now());
    const hide = (said: string) => context.secrets.hide(said);
    throw new AttemptError(failureOfStatus(response.status, headers, json, wait, hide), config);
  }
  if (call.read === 'text') return text;
  if (bytes && json !== undefined) return { bytes, json };
  if (json !== undefined) {
    hideWords(json, context.secrets);
    return json;
  }
  if (!isSuccess) return null;
  const isHtml = /html/i.test(headers['content-type'] ?? '');
  const unreadable: Failure = {
    kind: 'BAD_RESPONSE',
    text: isHtml
      ? `answered ${response.status} with an HTML page instead of JSON: is the address right?`
      : `answered ${response.status} with ${text.length} characters that are no complete JSON`,
    // A page stays a page; JSON that was cut short comes whole the next time.
    transient: !isHtml,
    maybeExecuted: true,
    httpStatus: response.status,
  };
  throw new AttemptError(unreadable, config);
}

/** `null` for an empty body, `undefined` for what is no JSON. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

export function plainHeaders(response: AxiosResponse): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && value !== null) plain[name.toLowerCase()] = String(value);
  }
  return plain;
}
