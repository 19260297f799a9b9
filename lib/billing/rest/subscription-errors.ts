import { AdapterError } from '../../errors';
import { wordsOf } from '../peer-says';
import type { BilledSubscription } from '../subscription-port';
import type { Answer } from './calls';

/** The operations that bring a subscription somewhere, by the names of their templates. */
export type Move = 'plan' | 'suspend' | 'resume' | 'cancel';

export const subjectOf = (key: string): string => `subscription ${key}`;

/** A cancelled subscription is never brought back: billing may have sent its last invoice. */
export function isCancelled(key: string): AdapterError {
  return conflict(key, 'is cancelled', 'Subscribe again with a new id.');
}

/** Taking over the subscription would bill somebody else's account. */
export function isOfOtherAccount(key: string): AdapterError {
  return conflict(key, 'belongs to another account', 'Change the account in one of the two.');
}

function conflict(key: string, what: string, remedy: string): AdapterError {
  return AdapterError.advising('BILLING_CONFLICT', `The subscription ${key} ${what} in billing. ${remedy}`, {
    subject: subjectOf(key),
  });
}

export function subscriptionUnknown(key: string): AdapterError {
  return AdapterError.advising('BILLING_NOT_FOUND', `Billing has no subscription ${key}. Create it first.`, {
    subject: subjectOf(key),
  });
}

/** Billing answered to the creation and shows nothing. After a success (below 300) it may still appear. */
export function subscriptionNotShown(key: string, { status: httpStatus, body }: Answer): AdapterError {
  return AdapterError.advising(
    'BILLING_INPUT',
    `The billing system answered ${httpStatus} to the new subscription ${key} and shows none.${wordsOf(body)} Check what subscriptionCreate sends.`,
    { subject: subjectOf(key), httpStatus, retryable: httpStatus < 300 },
  );
}

/** Billing accepted the change and does not show it. Retryable, because some systems show it late. */
export function subscriptionNotMoved(
  key: string,
  move: Move,
  { state, offerKey }: BilledSubscription,
  { status: httpStatus, body }: Answer,
): AdapterError {
  const shown = move === 'plan' ? `with the offer ${offerKey}` : `as ${state}`;
  return new AdapterError(
    'BILLING_BAD_RESPONSE',
    `The billing system answered ${httpStatus} to templates.${templateOf(move)} as if it were done, and shows the subscription ${key} ${shown}.${wordsOf(body)}`,
    { subject: subjectOf(key), httpStatus, retryable: true },
  );
}

export function noSubscriptionTemplate(name: Move | 'create' | 'read'): AdapterError {
  const field = `templates.${templateOf(name)}`;
  return AdapterError.advising(
    'INPUT_CONFIG',
    `This billing system has no such call, as far as the connection knows. With the provider rest it is ${field}.`,
    { subject: field },
  );
}

const templateOf = (name: string): string => `subscription${name.charAt(0).toUpperCase()}${name.slice(1)}`;
