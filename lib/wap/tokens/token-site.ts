import type { Clock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError } from '../../errors';
import { createHttp } from '../../http/client';
import { waitBefore } from '../../http/retry';
import type { Secrets } from '../../http/secrets';
import type { HttpClient, HttpSettings } from '../../http/types';
import type { IssuedToken } from './cache';
import { faultReason, readToken, requestEnvelope } from './ws-trust';

/** Where to ask for a token, as whom and for which realm. */
export interface TokenSite {
  /** The whole address of the endpoint. */
  endpoint: string;
  /** For which API the token is; see `adminRealm`. */
  realm: string;
  /** May be `DOMAIN\user` on WAP's Windows site. */
  user: string;
  password: string;
}

/** Gets a new token with each call; `TokenCache` decides when. */
export interface TokenSource {
  issue(signal: AbortSignal): Promise<IssuedToken>;
  close(): void;
}

/** SOAP 1.2 names its type here, not in an action header. */
export const soapHeaders = { 'Content-Type': 'application/soap+xml; charset=utf-8', Accept: 'application/soap+xml' };
/** What calls for a token are about, in messages. */
export const tokenSubject = 'token';

/** Reads a token site's answer. A fault means that the site works and refused: another try could lock the account, so it is
 *  WAP_AUTH at once.
 *  @throws WAP_AUTH, WAP_SERVER, WAP_BAD_RESPONSE */
export function readTokenAnswer(status: number, text: string, secrets: Secrets): IssuedToken {
  if (status >= 200 && status < 300) return readToken(text);
  const reason = faultReason(text, said => secrets.hide(said));
  const cause = { httpStatus: status, subject: tokenSubject };
  if (reason === null && status >= 500)
    throw new AdapterError('WAP_SERVER', `WAP's token site answered ${status} without a SOAP fault.`, {
      ...cause,
      retryable: true,
    });
  const why = reason === null ? `answered ${status}` : `refused: ${reason} (${status})`;
  throw AdapterError.advising(
    'WAP_AUTH',
    `WAP's token site ${why}. Check user, password, realm and the address of the token site.`,
    cause,
  );
}

/** No answer with a token is longer; only a page or another server's answer would be. */
export const longestAnswer = 1024 * 1024;

/** Asks for a token until the answer is readable, at most as often as calls are repeated: a truncated answer or a proxy's page
 *  usually passes, and asking again is harmless. A refusal is final. */
export async function askUntilRead<A>(
  ask: () => Promise<A>,
  read: (answer: A) => IssuedToken,
  { retries, clock, signal }: { retries: number; clock: Clock; signal: AbortSignal },
): Promise<IssuedToken> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask();
    try {
      return read(answer);
    } catch (error) {
      if (attempt > retries || !(error instanceof AdapterError) || !error.cause.retryable) throw error;
      await pause(clock, waitBefore(attempt, undefined, Math.random()), signal);
    }
  }
}

/** HTTP settings that the clients of one connection share. */
export type SiteHttp = Omit<HttpSettings, 'baseUrl'> & { secrets: Secrets };

/** WS-Trust with user name and password in the SOAP header: AD FS, or WAP's membership site (API: TokenIssuer, CODE). */
export function usernameMixed(site: TokenSite, http: SiteHttp, clock: Clock): TokenSource {
  const { origin, pathname } = new URL(site.endpoint);
  const client: HttpClient = createHttp(
    'WAP',
    { ...http, baseUrl: origin, peer: "WAP's token site", maxBodyBytes: longestAnswer },
    undefined,
    clock,
  );
  return {
    issue: signal =>
      askUntilRead(
        () =>
          client.call({
            method: 'POST',
            path: pathname,
            headers: soapHeaders,
            body: requestEnvelope(site.endpoint, site.realm, site),
            read: 'text',
            repeatable: true,
            subject: tokenSubject,
            signal,
            // SOAP faults come with 400 or 500; they must be read, and not be repeated.
            accept: status => status === 400 || status === 401 || status === 403 || status === 500,
          }),
        answer => readTokenAnswer(answer.status, typeof answer.body === 'string' ? answer.body : '', http.secrets),
        { retries: http.retries, clock, signal },
      ),
    close: () => client.close(),
  };
}
