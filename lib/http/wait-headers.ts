/** Larger numbers are times since 1970, not durations; in seconds or in milliseconds. */
const firstEpochSeconds = 1e9;
const firstEpochMs = 1e11;
/** Longer waits are not meant seriously, and no timer runs for months. */
const longestMs = 86_400_000;

/** By their names in small letters. */
type Headers = Record<string, string>;

/** How long a peer asks us to wait, in ms from `now`, at most a day; `undefined` when it does not say. Understands Retry-After
 *  (seconds, with or without a fraction, or a date) and its variants in milliseconds; and, when the answer says that a limit is
 *  reached, X-RateLimit-Reset (seconds, a time since 1970, a date, `1m30s`), RateLimit-Reset and RateLimit.
 *  Source: RFC 9110 §10.2.3, draft-ietf-httpapi-ratelimit-headers 03 to 10. */
export function waitTold(status: number, headers: Headers, now: number): number | undefined {
  const told = toldAfter(headers, now) ?? (isLimited(status, headers) ? toldReset(headers, now) : undefined);
  return told === undefined ? undefined : Math.min(told, longestMs);
}

function toldAfter(headers: Headers, now: number): number | undefined {
  const inMs = firstOf(headers, ['retry-after-ms', 'x-ms-retry-after-ms', 'x-retry-after-ms'], numberIn);
  return inMs ?? firstOf(headers, ['retry-after', 'x-retry-after'], text => waitIn(text, now));
}

function toldReset(headers: Headers, now: number): number | undefined {
  const resets = ['x-ratelimit-reset-after', 'x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset'];
  return (
    structured(headers.ratelimit) ?? firstOf(headers, resets, text => waitIn(text, now)) ?? ofEachLimit(headers, now)
  );
}

/** `X-RateLimit-Reset-Requests`, `…-Tokens`: the longest wait of those used up, or of all. */
function ofEachLimit(headers: Headers, now: number): number | undefined {
  const told = Object.entries(headers).flatMap(([name, text]) => {
    const limit = /^x-ratelimit-reset-(.+)$/.exec(name)?.[1];
    const ms = limit === undefined ? undefined : waitIn(text.trim(), now);
    return ms === undefined ? [] : [{ ms, isSpent: headers[`x-ratelimit-remaining-${limit}`]?.trim() === '0' }];
  });
  const spent = told.filter(({ isSpent }) => isSpent);
  const waits = (spent.length > 0 ? spent : told).map(({ ms }) => ms);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Whether a rate limit is reached; some peers say so by 403 and a remaining count of zero. */
export function isLimited(status: number, headers: Headers): boolean {
  if (status === 429) return true;
  const left = firstOf(headers, ['x-ratelimit-remaining', 'x-rate-limit-remaining', 'ratelimit-remaining'], numberIn);
  const isSpent = left === 0 || /(^|[;,\s])(r|remaining)\s*=\s*0\b/i.test(headers.ratelimit ?? '');
  return (status === 403 || status === 503) && isSpent;
}

function firstOf(headers: Headers, names: string[], read: (text: string) => number | undefined): number | undefined {
  for (const name of names) {
    const text = headers[name];
    const found = text === undefined ? undefined : read(text.trim());
    if (found !== undefined) return found;
  }
  return undefined;
}

function numberIn(text: string): number | undefined {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Math.ceil(Number(text)) : undefined;
}

function waitIn(text: string, now: number): number | undefined {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) {
    const value = Number(text);
    if (value >= firstEpochMs) return Math.max(0, Math.ceil(value - now));
    return value >= firstEpochSeconds ? Math.max(0, Math.ceil(value * 1000 - now)) : Math.ceil(value * 1000);
  }
  return lengthIn(text) ?? untilDate(text, now);
}

/** `1m30s`, `250ms`. */
function lengthIn(text: string): number | undefined {
  const parts = /^(?:(\d{1,5})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.slice(1).map(part => Number(part ?? 0));
  return Math.ceil(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms);
}

/** The three forms of an HTTP date (the third has no zone and means GMT), and ISO 8601. */
function untilDate(text: string, now: number): number | undefined {
  // A date names its month; otherwise Date.parse would read numbers such as -5 as a date.
  const isDate = /[A-Za-z]{3}/.test(text) || /^\d{4}-\d\d-\d\dT/.test(text);
  const hasZone = /(GMT|UTC|Z|[+-]\d\d:?\d\d)$/i.test(text);
  const at = isDate
    ? Date.parse(hasZone ? text : `${text}${text.includes('T') && /^\d/.test(text) ? 'Z' : ' GMT'}`)
    : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** `"burst";r=0;t=30, "day";r=5;t=3600` or `limit=10, remaining=0, reset=30`: the longest wait of those used up. */
function structured(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const old = /(?:^|[,;\s])reset\s*=\s*"?(\d{1,9}(?:\.\d+)?)/i.exec(text)?.[1];
  if (old !== undefined) return Math.ceil(Number(old) * 1000);
  const policies = text.split(',').map(policy => ({
    isSpent: /;\s*r\s*=\s*0\b/i.test(policy),
    seconds: Number(/;\s*t\s*=\s*(\d{1,9}(?:\.\d+)?)/i.exec(policy)?.[1] ?? Number.NaN),
  }));
  const told = policies.filter(({ seconds }) => !Number.isNaN(seconds));
  const spent = told.filter(({ isSpent }) => isSpent);
  const seconds = (spent.length > 0 ? spent : told).map(each => each.seconds);
  return seconds.length > 0 ? Math.ceil(Math.max(...seconds) * 1000) : undefined;
}
