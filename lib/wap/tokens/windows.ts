import axios from 'axios';
import { NtlmClient } from 'axios-ntlm';
import type { Clock } from '../../clock';
import { AdapterError } from '../../errors';
import { openConnections } from '../../http/agents';
import { plainHeaders } from '../../http/attempt';
import { failureOfBreak } from '../../http/broken';
import type { Failure } from '../../http/failure';
import { toAdapterError } from '../../http/failure';
import { startLimit } from '../../http/limit';
import { placeOf, proxyFor } from '../../http/proxy';
import { mayRepeat, waitBefore } from '../../http/retry';
import { pause } from '../pause';
import type { SiteHttp, TokenSite, TokenSource } from './token-site';
import { readTokenAnswer, soapHeaders, tokenSubject } from './token-site';
import { requestEnvelope } from './ws-trust';

const peer = "WAP's token site";
const maxBodyBytes = 4 * 1024 * 1024;

type SignIn =
  | { failure?: undefined; status: number; text: string; headers: Record<string, string> }
  | { failure: Failure };

/** `DOMAIN\user` is taken apart where no domain is given. */
function loginOf(site: TokenSite, domain: string | undefined) {
  const [, before, after] = /^([^\\]+)\\(.+)$/.exec(site.user) ?? [];
  const name = domain === undefined && after !== undefined ? after : site.user;
  return { username: name, password: site.password, domain: domain ?? before ?? '' };
}

/** WS-Trust on WAP's Windows site, where NTLM on the connection tells who asks (PS Get-MgmtSvcToken, SDK).
 *  NTLM belongs to one connection, so each request has its own; a proxy that forwards plain http does not keep them apart.
 *  @throws INPUT_CONFIG when a proxy would be used for it */
export function windowsSite(
  site: TokenSite & { domain?: string | undefined },
  settings: SiteHttp,
  clock: Clock,
): TokenSource {
  const url = new URL(site.endpoint);
  if (url.protocol === 'http:' && proxyFor(url, settings.proxy))
    throw new AdapterError(
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

  /** One sign-in: up to three requests on one connection. */
  async function signIn(signal: AbortSignal): Promise<SignIn> {
    const limit = startLimit(settings.attemptTimeoutMs, [signal, closing.signal]);
    const { httpAgent, httpsAgent, destroy } = openConnections(url, settings, 1);
    const ntlm = NtlmClient(login, { httpAgent, httpsAgent, proxy: false, maxRedirects: 0, responseType: 'text' });
    try {
      const body = requestEnvelope(site.endpoint, site.realm);
      const answer = await ntlm.post(site.endpoint, body, {
        headers: soapHeaders,
        signal: limit.signal,
        maxContentLength: maxBodyBytes,
        transformResponse: [text => text],
      });
      return { status: answer.status, text: String(answer.data), headers: plainHeaders(answer) };
    } catch (error) {
      if (limit.endedBy() === 'parent')
        throw new AdapterError('ABORTED', 'The sign-in was given up.', { subject: tokenSubject });
      const answer = axios.isAxiosError(error) ? error.response : undefined;
      if (answer && typeof answer.data === 'string' && limit.endedBy() === null)
        return { status: answer.status, text: answer.data, headers: plainHeaders(answer) };
      return { failure: limit.endedBy() === 'time' ? timeUp : failureOfBreak(error, placeOf(url), maxBodyBytes) };
    } finally {
      limit.release();
      destroy();
    }
  }

  async function issue(signal: AbortSignal) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await signIn(signal);
      if (!answer.failure) {
        refuseOtherSchemes(answer.status, answer.headers);
        return readTokenAnswer(answer.status, answer.text, settings.secrets);
      }
      if (attempt > settings.retries || !mayRepeat(answer.failure, true))
        throw toAdapterError(answer.failure, {
          family: 'WAP',
          peer,
          what: `POST ${url.pathname}`,
          subject: tokenSubject,
          attempt,
        });
      await pause(clock, waitBefore(attempt, undefined, Math.random()), signal);
    }
  }

  return { issue, close: () => closing.abort() };
}

function refuseOtherSchemes(status: number, headers: Record<string, string>): void {
  const offered = headers['www-authenticate'] ?? '';
  if (status !== 401 || offered === '' || /\bNTLM\b/i.test(offered)) return;
  throw new AdapterError(
    'WAP_AUTH',
    `${peer} offers no NTLM: switch it on for Windows authentication there, or use another way to get a token.`,
    { httpStatus: 401, subject: tokenSubject },
  );
}
