import { AdapterError, shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import type { OfferRef } from '../port';

/** What is waited for. `present`: billing shows the offer, as draft or active. `active`: it can be sold. */
export interface WaitRequest {
  key: string;
  until: 'present' | 'active';
  /** The longest time between two checks, ms. */
  intervalMs: number;
  /** Milliseconds UTC. */
  deadlineAt: number;
  signal?: AbortSignal;
}

/** How a wait ended with billing's own word. */
export interface WaitResult {
  outcome: 'ready' | 'not in time';
  /** As the last check saw it. */
  offer: OfferRef;
  /** Checks of this wait, failed ones included; asking again at the deadline is part of the last one. */
  checks: number;
  waitedMs: number;
}

/** One wait under way. */
export interface Wait extends WaitRequest {
  readonly startedAt: number;
  dueAt: number;
  checks: number;
  resolve(result: WaitResult): void;
  reject(error: unknown): void;
}

/** What one check of a key brought. */
export type Check = { offer: OfferRef } | { error: unknown };

/** Why a wait is over: what it resolves to, or the error it rejects with. */
export type WaitEnd = { result: WaitResult } | { error: unknown };

/** How a wait ends after a check, or `null` when it goes on. Only billing's own word makes it *not in time*: a deadline
 *  that passes while billing cannot be asked is an error, because a plan must not be cloned on a guess. */
export function endOf(wait: Wait, check: Check, now: number): WaitEnd | null {
  const isLast = now >= wait.deadlineAt;
  if ('error' in check) {
    if (!isRetryable(check.error)) return check;
    return isLast ? { error: unknownAtDeadline(wait.key, check.error) } : null;
  }
  const { offer } = check;
  if (offer.state === 'retired') return { error: neverReady(wait) };
  const isReady = offer.state === 'active' || (wait.until === 'present' && offer.state === 'draft');
  if (!isReady && !isLast) return null;
  const outcome = isReady ? 'ready' : 'not in time';
  return { result: { outcome, offer, checks: wait.checks, waitedMs: now - wait.startedAt } };
}

/** @throws INPUT_INVALID naming the field */
export function checkRequest({ key, until, intervalMs, deadlineAt }: WaitRequest): void {
  if (typeof key !== 'string' || key === '') throw inputInvalid('key', `is ${shapeOf(key)}`, "Give the offer's key.");
  if (until !== 'present' && until !== 'active')
    throw inputInvalid('until', `is ${shapeOf(until)}`, 'Use present or active.');
  if (!Number.isFinite(intervalMs) || intervalMs < 1)
    throw inputInvalid('intervalMs', `is ${shapeOf(intervalMs)}`, 'Give milliseconds, 1 or more.');
  if (!Number.isFinite(deadlineAt))
    throw inputInvalid('deadlineAt', `is ${shapeOf(deadlineAt)}`, 'Give a time in milliseconds UTC.');
}

/** ABORTED for a wait that was given up. */
export function aborted(key: string): AdapterError {
  return new AdapterError('ABORTED', `The wait for the offer ${key} was given up.`, { subject: `offer ${key}` });
}

/** The time is up while billing cannot be asked: not *not in time*, because the offer may be there. */
export function unknownAtDeadline(key: string, error: AdapterError): AdapterError {
  return new AdapterError(
    error.code,
    `The time is up, and billing could not say whether it has the offer ${key}: ${error.message}`,
    { ...error.cause, subject: `offer ${key}` },
  );
}

/** A failure that may pass by itself, so that the wait goes on. */
export function isRetryable(error: unknown): error is AdapterError {
  return error instanceof AdapterError && error.cause.retryable;
}

/** An answer of the wrong shape, which will not change by itself. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof AdapterError && error.code === 'BILLING_BAD_RESPONSE' && !error.cause.retryable;
}

function neverReady({ key, until }: Wait): AdapterError {
  return AdapterError.advising(
    'BILLING_OFFER_DIFFERS',
    `The offer ${key} is retired in billing and will not become ${until}. Make it active there, or create another offer.`,
    { subject: `offer ${key}`, details: { fields: ['state'] } },
  );
}
