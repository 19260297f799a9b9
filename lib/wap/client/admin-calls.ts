import { randomUUID } from 'node:crypto';
import type { Clock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError, invalid } from '../../errors';
import { waitBefore } from '../../http/retry';
import type { HttpAnswer, HttpCall, HttpClient } from '../../http/types';
import type { Kind } from '../types';
import type { CallOptions } from './admin';

/** A call of the admin API; subject and signal come from the verb. */
export type AdminCall = Omit<HttpCall, 'headers' | 'signal'>;
/** Makes one call with all headers; throws as `HttpClient.call`. */
export type Send = (call: AdminCall, options: CallOptions | undefined) => Promise<HttpAnswer>;

/** The principal as a header value: anything but printable ASCII is percent-encoded UTF-8 (dn448661, dn448760). */
export function principalHeader(principal: string): string {
  return principal.replace(/[^\x20-\x7e]/gu, character => encodeURIComponent(character));
}

/** Adds what every call of the admin API carries (dn448640, dn448758). The request id is new for each call and the same
 *  for its repeats, so that a call can be found in WAP's logs. */
export function adminSender(http: HttpClient, principal: string, clock: Clock): Send {
  const id = principalHeader(principal);
  return (call, options) => {
    const time = new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19);
    const headers = {
      'x-ms-principal-id': id,
      'x-ms-client-request-id': `${randomUUID()}-${time}Z`,
      'Accept-Language': 'en-US',
    };
    return http.call({ ...call, headers, ...(options?.signal ? { signal: options.signal } : {}) });
  };
}

const roots: Record<Kind, string> = { plan: '/plans', addon: '/addons' };
/** As sentences call them. */
export const kindNames: Record<Kind, string> = { plan: 'plan', addon: 'add-on' };

/** Where all of a kind are listed. */
export function rootPath(kind: Kind): string {
  return roots[kind];
}

/** `/plans/{id}` and what follows; every part is percent-encoded.
 *  @throws INPUT_INVALID for an empty part (it would address the list) or dots (they would address the parent) */
export function resourcePath(kind: Kind, id: string, ...parts: string[]): string {
  const field = kind === 'plan' ? 'planId' : 'addOnId';
  return [roots[kind], pathPart(field, id), ...parts].join('/');
}

/** One part of a path, percent-encoded. @throws INPUT_INVALID naming the field, for an empty part or dots */
export function pathPart(field: string, value: unknown): string {
  if (typeof value !== 'string' || /^[\s.]*$/.test(value)) throw invalid(field, 'an id or a name', value);
  return encodeURIComponent(value);
}

/** True when WAP may have done the work although its answer was lost. */
export function isLostAnswer(error: unknown): boolean {
  if (!(error instanceof AdapterError)) return false;
  return ['WAP_NETWORK', 'WAP_TIMEOUT', 'WAP_SERVER', 'WAP_BAD_RESPONSE'].includes(error.code);
}

/** A longer pause than this is for the caller to wait. */
const longestPauseMs = 60_000;

/** Waits before a call whose answer was lost is sent again.
 *  @throws `lost` when WAP asked for a longer pause */
export async function pauseBeforeResend(lost: unknown, sending: number, clock: Clock, options?: CallOptions) {
  const retryAfterMs = lost instanceof AdapterError ? lost.cause.retryAfterMs : undefined;
  if (retryAfterMs !== undefined && retryAfterMs > longestPauseMs) throw lost;
  await pause(clock, waitBefore(sending, retryAfterMs, Math.random()), options?.signal);
}
