import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import type { Clock } from '../async/clock';
import { systemClock } from '../async/clock';
import type { Limit } from '../async/time-limit';
import { isTimeOut, startLimit } from '../async/time-limit';
import { AdapterError } from '../errors';
import { openConnections } from './agents';
import type { AttemptContext } from './attempt';
import { attempt, plainHeaders } from './attempt';
import type { Failure } from './failure';
import { AttemptError, toAdapterError } from './failure';
import { Gate } from './gate';
import { placeOf, unusedProxy } from './proxy';
import { requestOf } from './request';
import { mayRepeat, waitBefore } from './retry';
import { Secrets } from './secrets';
import { checkHttpSettings } from './settings';
import type { Authorizer, HttpAnswer, HttpCall, HttpClient, HttpFamily, HttpSettings } from './types';

/** Beyond this an answer is broken off: it would have to be held in memory whole. */
const defaultMaxBodyBytes = 64 * 1024 * 1024;
/** As sentences begin where the settings name no peer. */
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
  const secrets = settings.secrets ?? new Secrets();
  secrets.addProxy(settings.proxy);
  const connections = openConnections(base, settings);
  const { httpAgent, httpsAgent, proxy, via } = connections;
  const instance = newInstance({ httpAgent, httpsAgent, proxy, maxContentLength: maxBodyBytes });
  const place = via ? `${placeOf(base)} through the proxy ${via.host}:${via.port}` : placeOf(base);
  const peer = settings.peer ?? peerNames[family];
  const facts = {
    ...{ place, maxBodyBytes, isHttps: base.protocol === 'https:', hasAnswered: false },
    ...{ isOldTlsAllowed: settings.oldTls === true, hint: via ? '' : unusedProxy(base) },
  };
  const gate = new Gate(clock);
  const closing = new AbortController();

  /** The call and its repeats, all with one token. Counts the attempts in `count`. */
  async function send(call: HttpCall, limit: Limit, deadline: number, count: { attempt: number }): Promise<HttpAnswer> {
    const header = await authorize?.header(limit.signal);
    if (header !== undefined) secrets.sent(header);
    const timeoutMs = settings.attemptTimeoutMs;
    const context: AttemptContext = { call, timeoutMs, peer: facts, clock, secrets };
    let waitMs = 0;
    try {
      const response = await instance.request({
        ...requestOf(call, settings.baseUrl, header),
        signal: limit.signal,
        adapter: async config => {
          await gate.pass(config, deadline, limit.signal);
          count.attempt += 1;
          return attempt(config, context).catch((error: unknown) => {
            if (error instanceof AttemptError) gate.hear(error.failure);
            throw error;
          });
        },
        'axios-retry': {
          retries: settings.retries,
          retryCondition: (error: unknown) => {
            if (!(error instanceof AttemptError) || !mayRepeat(error.failure, call.repeatable)) return false;
            waitMs = waitBefore(count.attempt, error.failure.retryAfterMs, Math.random());
            // A wait that the total limit would cut short is not begun: the caller learns the real reason instead of a time-out.
            return clock.now() + waitMs < deadline;
          },
          // Waited here rather than by retryDelay, so that it is on the injected clock.
          retryDelay: () => 0,
          onRetry: () => clock.sleep(waitMs, limit.signal),
        },
      });
      return { status: response.status, headers: plainHeaders(response), body: response.data };
    } catch (error) {
      if (header !== undefined && is401(error)) authorize?.refused?.(header);
      throw error;
    }
  }

  async function make(call: HttpCall): Promise<HttpAnswer> {
    const limit = startLimit(settings.totalTimeoutMs, [closing.signal, call.signal]);
    const deadline = clock.now() + settings.totalTimeoutMs;
    const count = { attempt: 0 };
    try {
      if (limit.endedBy()) throw new Error('ended before it began');
      return await send(call, limit, deadline, count).catch((error: unknown) => {
        if (!is401(error) || !authorize?.refused) throw error;
        return send(call, limit, deadline, count);
      });
    } catch (error) {
      const what = `${call.method} ${call.path}`;
      const about = { family, peer, what, subject: call.subject, attempt: Math.max(1, count.attempt) };
      const time = isTimeOut(call.signal) ? 'the time it had' : `${settings.totalTimeoutMs} ms in all`;
      throw whatFailed(error, limit, about, place, time);
    } finally {
      limit.release();
    }
  }

  return {
    call: make,
    close: () => {
      closing.abort();
      connections.destroy();
    },
  };
}

/** axios as a bare carrier: everything that it would decide by itself is switched off. */
function newInstance(config: AxiosRequestConfig): AxiosInstance {
  const instance = axios.create({
    ...config,
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: 'arraybuffer',
    // This package writes and reads the bodies itself; every status counts as an answer and is judged in attempt().
    transformRequest: [body => body],
    transformResponse: [body => body],
    validateStatus: () => true,
  });
  axiosRetry(instance);
  return instance;
}

/** Only a 401 is about the token; 403 means that it is known and not allowed. */
function is401(error: unknown): boolean {
  return error instanceof AttemptError && error.failure.httpStatus === 401;
}

/** Who ended the call matters more than what the last attempt met. */
function whatFailed(
  error: unknown,
  limit: Limit,
  about: Parameters<typeof toAdapterError>[1],
  place: string,
  time: string,
): AdapterError {
  if (limit.endedBy() === 'parent')
    return new AdapterError('ABORTED', `The call to ${about.peer} was given up (${about.subject}, ${about.what}).`, {
      subject: about.subject,
      attempt: about.attempt,
    });
  if (error instanceof AttemptError) return toAdapterError(error.failure, about);
  const timeUp = limit.endedBy() === 'time';
  // The wait for a token ended because the time was up, not because anybody gave the call up.
  const wasWaiting = error instanceof AdapterError && error.code === 'ABORTED';
  if (error instanceof AdapterError && !(timeUp && wasWaiting)) return error;
  const ended = `at ${place} ${wasWaiting ? 'could not be asked, because no token came' : 'did not answer'}`;
  const failure: Failure = {
    kind: timeUp ? 'TIMEOUT' : 'NETWORK',
    text: timeUp ? `${ended} within ${time}` : `at ${place} could not be asked`,
    transient: timeUp,
    maybeExecuted: true,
  };
  return toAdapterError(failure, about);
}
