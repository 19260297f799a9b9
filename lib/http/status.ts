import { isObject } from '../errors';
import { natureOf } from './decode';
import type { Failure, FailureKind } from './failure';
import { fieldErrors } from './field-errors';
import { isLimited } from './wait-headers';

/** Characters of a peer's own words in one message. */
const maxDetail = 300;
/** No more of a peer's text is looked at: what comes later is not shown anyway. */
const longestLooked = 20_000;
/** How deeply errors may be wrapped in errors. */
const deepestError = 8;

/** A peer's text as one bounded line, for a message. */
export function oneLine(text: string, max = maxDetail): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** The first of these fields that says something. */
function firstText(object: Record<string, unknown>, names: string[]): string | null {
  for (const name of names) {
    const value = object[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return null;
}

/** The fields in which JSON APIs say what went wrong, and those in which they wrap them. */
const saidIn = [
  'Message',
  'message',
  'error_description',
  'detail',
  'title',
  'error',
  'errorMessage',
  'error_message',
].concat(['ErrorMessage', 'errmsg', 'err', 'msg', 'returnMessage', 'faultstring']);
const wrappers = [
  'error',
  'Error',
  'fault',
  'response',
  'Response',
  'ResponseStatus',
  'responseStatus',
  'status',
  'meta',
];

/** Removes secrets from a text. */
type Hide = (text: string) => string;

/** What an error body says: WAP's `Code`, `Message` and `Details` (SDK ManagementServiceError, ResourceProviderError), or the
 *  usual names of other JSON APIs. `null` when there is nothing readable. Each text passes `hide` before it is shortened: half
 *  a secret is hard to recognise. */
export function explanation(body: unknown, hide: Hide = text => text, depth = 0): string | null {
  if (typeof body === 'string') return body.trim() === '' ? null : oneLine(hide(body.slice(0, longestLooked)));
  if (!isObject(body)) return null;
  const inner = wrappers.map(name => body[name]).find(isObject);
  const code = firstText(body, ['Code', 'code', 'ErrorCode', 'errorCode', 'error_code', 'returnCode']);
  const said = firstText(body, saidIn);
  const details = [body.Details, body.InnerErrors].find(Array.isArray) ?? [];
  const more = details.filter(isObject).map(detail => firstText(detail, ['Message', 'message']));
  const parts = [code, said, ...more, ...fieldErrors(body)].filter((part): part is string => part !== null);
  if (parts.length > 0) return oneLine(parts.map(part => hide(part.slice(0, longestLooked))).join(': '));
  return inner && depth < deepestError ? explanation(inner, hide, depth + 1) : null;
}

/** 407 is the proxy's, 408 a server that waited too long; what is neither refusal nor answer is odd. */
function kindOf(status: number): FailureKind {
  if (status === 401) return 'AUTH';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 407) return 'NETWORK';
  if (status === 408) return 'TIMEOUT';
  if (status === 409) return 'CONFLICT';
  if (status === 429) return 'RATE';
  if (status >= 500) return 'SERVER';
  return status >= 400 ? 'INPUT' : 'BAD_RESPONSE';
}

/** A refused answer: `body` is parsed JSON, or `undefined` when it was no JSON; `wait` in ms. */
interface Said {
  headers: Record<string, string>;
  body: unknown;
  text: string;
  wait: number | undefined;
}

/** The failure that an error status means. */
export function failureOfStatus(status: number, said: Said, hide: Hide): Failure {
  const isRate = status === 429 || (status === 403 && isLimited(status, said.headers));
  const failure: Failure = {
    kind: isRate ? 'RATE' : kindOf(status) === 'INPUT' && isPage(said) ? 'PAGE' : kindOf(status),
    text: `answered ${status}${told(status, said, hide)}`,
    transient: status === 408 || isRate || (status >= 500 && status !== 501 && status !== 505),
    // 429 is answered before anything is done (RFC 6585). 503 is not: a gateway says it as well when it has
    // passed the request on and got no answer, so a 503 with Retry-After is not enough to send a create again.
    maybeExecuted: status >= 500 || status === 408,
    httpStatus: status,
  };
  if (said.wait !== undefined) failure.retryAfterMs = said.wait;
  return failure;
}

/** What nginx, Apache, IIS and Go answer to http on an https port. */
const wantsHttps = (text: string): boolean =>
  /plain HTTP request|speaking plain HTTP|HTTP request to an HTTPS/i.test(text.slice(0, 2000));

/** Whether a server in front of the peer has answered. */
function isPage({ headers, body, text }: Said): boolean {
  if (body !== undefined) return false;
  return wantsHttps(text) || natureOf(text, headers['content-type']) === 'an HTML page';
}

/** The rest of the sentence: the remedy where it is known, else the peer's words, else what came instead. */
function told(status: number, { headers, body, text: whole }: Said, hide: Hide): string {
  if (status === 407) return ': the HTTP proxy did not accept its user and password';
  if (status >= 300 && status < 400)
    return `, a redirect to ${placeOf(headers.location)}: redirects are not followed, give the final address`;
  if (status === 400 && wantsHttps(whole)) return ': this port wants https, and the address says http';
  const text = explanation(body, hide);
  if (text) return `: ${text}`;
  if (body === null) return ' without a body';
  const nature = body === undefined ? natureOf(whole, headers['content-type']) : '';
  return /HTML|XML/.test(nature) ? ` with ${nature}: is the address right?` : ' without a readable explanation';
}

/** The host of a redirect only: its query may hold a token. */
function placeOf(location: string | undefined): string {
  try {
    return new URL(location ?? '').host;
  } catch {
    return 'another path';
  }
}
