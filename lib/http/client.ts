import http from 'node:http';
import https from 'node:https';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { AdapterError, shapeOf } from '../errors';
import type { Authorizer, HttpAnswer, HttpCall, HttpClient, HttpFamily, HttpSettings } from '../http';
import type { AttemptContext } from './attempt';
import { attempt, plainHeaders } from './attempt';
import type { Failure } from './failure';
import { AttemptError, toAdapterError } from './failure';
import type { Limit } from './limit';
import { startLimit } from './limit';
import { placeOf, proxyFor } from './proxy';
import { mayRepeat, waitBefore } from './retry';
import { checkHttpSettings } from './settings';

const defaultMaxBodyBytes = 64 * 1024 * 1024;
const peerNames: Record<HttpFamily, string> = { WAP: 'WAP', BILLING: 'The billing system' };

/** A client of one peer. Repeats by axios-retry: network errors, time-outs, 5xx, 429 and cut JSON for repeatable calls;
 *  for others only what was surely not executed. Redirects are not followed.
 *  @throws INPUT_INVALID when a setting has the wrong shape */
export function createHttp(
  family: HttpFamily,
  settings: HttpSettings,
  authorize?: Authorizer,
  clock: Clock = systemClock,
): HttpClient {
  const base = checkHttpSettings(settings);
  const maxBodyBytes = settings.maxBodyBytes ?? defaultMaxBodyBytes;
  const agents = {
    httpAgent: new http.Agent({ keepAlive: true }),
    httpsAgent: new https.Agent({ ...settings.tls, keepAlive: true }),
  };
  const proxy = proxyFor(base, settings.proxy);
  const instance = newInstance({ ...agents, proxy, maxContentLength: maxBodyBytes });
  const place = proxy ? `${placeOf(base)} through the proxy ${proxy.host}:${proxy.port}` : placeOf(base);
  const peer = settings.peer ?? peerNames[family];
  const closing = new AbortController();

  async function once(call: HttpCall, limit: Limit, deadline: number, count: { attempt: number }): Promise<HttpAnswer> {
    const header = await authorize?.header(limit.signal);
    const context: AttemptContext = { call, timeoutMs: settings.attemptTimeoutMs, maxBodyBytes, place, clock };
    const waits = (repeat: number, failure: Failure) => waitBefore(repeat, failure.retryAfterMs, Math.random());
    let waitMs = 0;
    try {
      const response = await instance.request({
        ...requestOf(call, settings.baseUrl, header),
        signal: limit.signal,
        adapter: config => {
          count.attempt += 1;
          return attempt(config, context);
        },
        'axios-retry': {
          retries: settings.retries,
          retryCondition: (error: unknown) => {
            if (!(error instanceof AttemptError) || !mayRepeat(error.failure, call.repeatable)) return false;
            waitMs = waits(count.attempt, error.failure);
            // A wait that the total limit would cut is not begun: the caller learns the reason, not a time-out.
            return clock.now() + waitMs < deadline;
          },
          // The wait is made here and not by retryDelay, because here it is on the injected clock.
          retryDelay: () => 0,
          onRetry: () => clock.sleep(waitMs, limit.signal),
        },
      });
      return { status: response.status, headers: plainHeaders(response), body: response.data };
    } catch (error) {
      const is401 = error instanceof AttemptError && error.failure.httpStatus === 401;
      if (is401 && header !== undefined) authorize?.refused?.(header);
      throw error;
    }
  }

  async function make(call: HttpCall): Promise<HttpAnswer> {
    const limit = startLimit(settings.totalTimeoutMs, [closing.signal, call.signal]);
    const deadline = clock.now() + settings.totalTimeoutMs;
    const count = { attempt: 0 };
    const about = () => ({
      family,
      peer,
      what: `${call.method} ${call.path}`,
      subject: call.subject,
      attempt: Math.max(1, count.attempt),
    });
    try {
      if (limit.endedBy()) throw new Error('ended before it began');
      try {
        return await once(call, limit, deadline, count);
      } catch (error) {
        const is401 = error instanceof AttemptError && error.failure.httpStatus === 401;
        if (!is401 || !authorize?.refused) throw error;
        return await once(call, limit, deadline, count);
      }
    } catch (error) {
      throw toAdapterErrorOf(error, limit, about(), place, settings.totalTimeoutMs);
    } finally {
      limit.release();
    }
  }

  return {
    call: make,
    close: () => {
      closing.abort();
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function newInstance(config: AxiosRequestConfig): AxiosInstance {
  const instance = axios.create({
    ...config,
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: 'text',
    // Bodies are written and read by this package; every status comes back as an answer and is judged in attempt().
    transformRequest: [body => body],
    transformResponse: [body => body],
    validateStatus: () => true,
  });
  axiosRetry(instance);
  return instance;
}

function requestOf(call: HttpCall, baseUrl: string, authorization: string | undefined): AxiosRequestConfig {
  const url = baseUrl.replace(/\/+$/, '') + (call.path.startsWith('/') ? call.path : `/${call.path}`);
  const query = Object.entries(call.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const headers: Record<string, string | false> = {
    Accept: 'application/json',
    'User-Agent': 'node-red-wap-billing',
    ...call.headers,
  };
  if (authorization !== undefined) headers.Authorization = authorization;
  const request: AxiosRequestConfig = { method: call.method, url: query === '' ? url : `${url}?${query}`, headers };
  const hasType = Object.keys(headers).some(name => name.toLowerCase() === 'content-type');
  // `false` keeps axios from naming a form type for a PUT without a body.
  if (!hasType) headers['Content-Type'] = call.body === undefined ? false : 'application/json; charset=utf-8';
  if (call.body === undefined) return request;
  request.data = typeof call.body === 'string' ? call.body : toJson(call);
  return request;
}

/** @throws INPUT_INVALID for what JSON cannot hold, such as an object that contains itself */
function toJson({ body, subject }: HttpCall): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new AdapterError('INPUT_INVALID', `body: ${shapeOf(body)} cannot be written as JSON (${subject}).`, {
      subject: 'body',
    });
  }
}

function toAdapterErrorOf(
  error: unknown,
  limit: Limit,
  about: Parameters<typeof toAdapterError>[1],
  place: string,
  totalTimeoutMs: number,
): AdapterError {
  if (limit.endedBy() === 'parent')
    return new AdapterError('ABORTED', `The call to ${about.peer} was given up (${about.subject}, ${about.what}).`, {
      subject: about.subject,
      attempt: about.attempt,
    });
  if (error instanceof AttemptError) return toAdapterError(error.failure, about);
  if (error instanceof AdapterError) return error;
  const timeUp = limit.endedBy() === 'time';
  const failure: Failure = {
    kind: timeUp ? 'TIMEOUT' : 'NETWORK',
    text: timeUp ? `at ${place} did not answer within ${totalTimeoutMs} ms in all` : `at ${place} could not be asked`,
    transient: timeUp,
    maybeExecuted: true,
  };
  return toAdapterError(failure, about);
}
