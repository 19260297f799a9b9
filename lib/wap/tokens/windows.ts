import type { AxiosAdapter, AxiosResponse } from 'axios';
import axios from 'axios';
import { NtlmClient } from 'axios-ntlm';
import type { Clock } from '../../async/clock';
import { pause } from '../../async/pause';
import { startLimit } from '../../async/time-limit';
import { AdapterError } from '../../errors';
import { openConnections } from '../../http/agents';
import { plainHeaders } from '../../http/attempt';
import { failureOfBreak } from '../../http/broken';
import { decodeBody } from '../../http/decode';
import type { Failure } from '../../http/failure';
import { toAdapterError } from '../../http/failure';
import { placeOf, proxyFor, unusedProxy } from '../../http/proxy';
import { mayRepeat, waitBefore } from '../../http/retry';
import type { IssuedToken } from './cache';
import type { SiteHttp, TokenSite, TokenSource } from './token-site';
import { askUntilRead, longestAnswer, readTokenAnswer, soapHeaders, tokenSubject } from './token-site';
import { requestEnvelope } from './ws-trust';

const peer = "WAP's token site";

/** One request without credentials, then NTLM's two messages. */
const mostRequests = 3;

/** An answer of the site, refusals included. */
interface Answered {
  failure?: undefined;
  status: number;
  text: string;
  headers: Record<string, string>;
}
/** What a sign-in came to: an answer, or why there is none. */
type SignIn = Answered | { failure: Failure };

/** Transient: what stands between, such as a load balancer, may have sent the messages of one sign-in to two servers. */
const badChallenge: Failure = {
  kind: 'BAD_RESPONSE',
  text: 'sent an NTLM challenge that cannot be read',
  transient: true,
  maybeExecuted: false,
};

/** Splits `DOMAIN\user` when no domain is given. */
function loginOf(site: TokenSite, domain: string | undefined) {
  const [, before, after] = /^([^\\]+)\\(.+)$/.exec(site.user) ?? [];
  const name = domain === undefined && after !== undefined ? after : site.user;
  return { username: name, password: site.password, domain: domain ?? before ?? '' };
}

/** WS-Trust on WAP's Windows site, where NTLM on the connection identifies the caller (PS Get-MgmtSvcToken, SDK). NTLM is bound
 *  to its connection, so each sign-in has one of its own; a proxy that forwards plain http would mix them.
 *  @throws INPUT_CONFIG when a proxy would be used */
export function windowsSite(
  site: TokenSite & { domain?: string | undefined },
  settings: SiteHttp,
  clock: Clock,
): TokenSource {
  const url = new URL(site.endpoint);
  if (url.protocol === 'http:' && proxyFor(url, settings.proxy))
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `proxy: signing in with Windows (NTLM) by plain http cannot go through the proxy; use https, or add ${url.hostname} to the hosts the proxy is not used for.`,
      { subject: 'proxy' },
    );
  const login = loginOf(site, site.domain);
  const closing = new AbortController();
  const timeUp: Failure = {
    kind: 'TIMEOUT',
    text: `at ${placeOf(url)} did not answer within ${settings.attemptTimeoutMs} ms`,
    transient: true,
    maybeExecuted: false,
  };
  const facts = {
    ...{ place: placeOf(url), maxBodyBytes: longestAnswer, isHttps: url.protocol === 'https:', hasAnswered: false },
    ...{ isOldTlsAllowed: settings.oldTls === true, hint: proxyFor(url, settings.proxy) ? '' : unusedProxy(url) },
  };
  const about = { family: 'WAP', peer, what: `POST ${url.pathname}`, subject: tokenSubject } as const;

  /** One sign-in: up to three requests on one connection. */
  async function signIn(signal: AbortSignal): Promise<SignIn> {
    const limit = startLimit(settings.attemptTimeoutMs, [signal]);
    const { httpAgent, httpsAgent, destroy } = openConnections(url, settings, 1);
    const adapter = counting(mostRequests);
    const common = { httpAgent, httpsAgent, proxy: false, maxRedirects: 0, responseType: 'arraybuffer' } as const;
    const ntlm = NtlmClient(login, { ...common, adapter });
    try {
      const body = requestEnvelope(site.endpoint, site.realm);
      const answer = await ntlm.post(site.endpoint, body, {
        headers: soapHeaders,
        signal: limit.signal,
        maxContentLength: longestAnswer,
        transformResponse: [bytes => bytes],
      });
      return answered(answer);
    } catch (error) {
      if (limit.endedBy() === 'parent') throw error;
      if (limit.endedBy() === 'time') return { failure: { ...timeUp, text: timeUp.text + facts.hint } };
      if (error instanceof TooManyRequests) throw endless();
      if (!axios.isAxiosError(error)) return { failure: badChallenge };
      return error.response ? answered(error.response) : { failure: failureOfBreak(error, facts) };
    } finally {
      limit.release();
      destroy();
    }
  }

  async function ask(signal: AbortSignal): Promise<Answered> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await signIn(signal);
      if (!answer.failure) return answer;
      if (attempt > settings.retries || !mayRepeat(answer.failure, true))
        throw toAdapterError(answer.failure, { ...about, attempt });
      await pause(clock, waitBefore(attempt, undefined, Math.random()), signal);
    }
  }

  function read({ status, text, headers }: Answered): IssuedToken {
    refuseOtherSchemes(status, headers);
    return readTokenAnswer(status, text, settings.secrets);
  }

  async function issue(signal: AbortSignal): Promise<IssuedToken> {
    const limit = startLimit(settings.totalTimeoutMs, [signal, closing.signal]);
    try {
      const { retries } = settings;
      return await askUntilRead(() => ask(limit.signal), read, { retries, clock, signal: limit.signal });
    } catch (error) {
      if (limit.endedBy() === 'parent')
        throw new AdapterError('ABORTED', 'The sign-in was given up.', { subject: tokenSubject });
      if (limit.endedBy() !== 'time') throw error;
      const text = `at ${placeOf(url)} gave no token within ${settings.totalTimeoutMs} ms in all`;
      throw toAdapterError({ ...timeUp, text }, { ...about, attempt: 1 });
    } finally {
      limit.release();
    }
  }

  return { issue, close: () => closing.abort() };
}

/** The site asked for NTLM once too often. */
class TooManyRequests extends Error {}

/** Sends a bounded number of requests: a server that keeps asking for NTLM would otherwise be answered for ever. */
function counting(most: number): AxiosAdapter {
  const send = axios.getAdapter('http');
  let count = 0;
  return config => {
    count += 1;
    return count > most ? Promise.reject(new TooManyRequests()) : send(config);
  };
}

function answered(answer: AxiosResponse): Answered {
  const headers = plainHeaders(answer);
  const bytes = Buffer.isBuffer(answer.data) ? answer.data : Buffer.alloc(0);
  return { status: answer.status, text: decodeBody(bytes, headers['content-type']), headers };
}

/** True when the next request would repeat the last one. */
function endless(): AdapterError {
  return AdapterError.advising(
    'WAP_AUTH',
    `${peer} asks for NTLM, but answers the first message of it with no challenge: is NTLM switched on there, and does what stands between (a load balancer, a proxy) keep one connection for one client?`,
    { httpStatus: 401, subject: tokenSubject },
  );
}

/** @throws WAP_AUTH when the site asks for something else than NTLM: another try would only count as a failed logon */
function refuseOtherSchemes(status: number, headers: Record<string, string>): void {
  const offered = headers['www-authenticate'] ?? '';
  if (status !== 401 || offered === '' || /\bNTLM\b/i.test(offered)) return;
  throw AdapterError.advising(
    'WAP_AUTH',
    `${peer} offers no NTLM: switch it on for Windows authentication there, or use another way to get a token.`,
    { httpStatus: 401, subject: tokenSubject },
  );
}
