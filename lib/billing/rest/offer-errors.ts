import { AdapterError } from '../../errors';
import { wordsOf } from '../peer-says';
import type { OfferRef, OfferState } from '../port';
import type { Answer } from './calls';

/** Never repaired by us: which of the two is right is for a person to say. */
export function offerDiffers(key: string, fields: string[]): AdapterError {
  return AdapterError.advising(
    'BILLING_OFFER_DIFFERS',
    `Billing has an offer with the key ${key} that differs in ${fields.join(', ')}. Change one of the two, or use another key.`,
    { subject: `offer ${key}`, details: { fields } },
  );
}

/** Retryable, because billing may show the offer later. */
export function offerNotVisible(key: string): AdapterError {
  return AdapterError.advising(
    'BILLING_NOT_FOUND',
    `Billing does not show the offer ${key}, so it cannot be published. Wait for it with a propagation check first.`,
    { subject: `offer ${key}`, retryable: true },
  );
}

/** Billing says that the offer exists, with a status by which it may also mean another fault, and shows none. */
export function offerRefused(key: string, { status: httpStatus, body }: Answer): AdapterError {
  return AdapterError.advising(
    'BILLING_INPUT',
    `The billing system refused the offer ${key} with ${httpStatus} and shows none with this key.${wordsOf(body)} Check what create sends.`,
    { subject: `offer ${key}`, httpStatus },
  );
}

/** The offer may still appear, so it is not created again at once; a later repeat looks first. */
export function offerNotNamed(key: string, { status: httpStatus, body }: Answer): AdapterError {
  return AdapterError.advising(
    'BILLING_NOT_FOUND',
    `The billing system answered ${httpStatus} to the new offer ${key}, names none and shows none with this key.${wordsOf(body)} Check what create sends, and templates.create.answer.`,
    { subject: `offer ${key}`, httpStatus, retryable: true },
  );
}

/** Billing accepted the change and does not show it. Retryable, because some systems show it late. */
export function offerNotMoved(
  goal: OfferState,
  { key, state }: OfferRef,
  { status: httpStatus, body }: Answer,
): AdapterError {
  return new AdapterError(
    'BILLING_BAD_RESPONSE',
    `The billing system answered ${httpStatus} as if the offer ${key} were ${goal}, and shows it as ${state}.${wordsOf(body)}`,
    { subject: `offer ${key}`, httpStatus, retryable: true },
  );
}

export function noOfferTemplate(operation: string): AdapterError {
  return AdapterError.advising(
    'INPUT_CONFIG',
    `This billing system has no call for ${operation}, as far as the connection knows. With the provider rest it is templates.${operation}.`,
    { subject: `templates.${operation}` },
  );
}
