import { isRefusal } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';

/** Billing looked at the call and says that something in it will not do: the items at fault can be found by halves. */
export function isOfItems(error: AdapterError): boolean {
  return isRefusal(error) || error.code === 'BILLING_NOT_FOUND';
}

/** Failures that one item can cause as well as billing itself: an error inside of billing, a right that one item lacks, an
 *  answer that cannot be read or does not come, a template that fails on its values. */
export function mayBeOfItems(error: AdapterError): boolean {
  if (isOfItems(error)) return true;
  switch (error.code) {
    case 'BILLING_SERVER':
    case 'BILLING_BAD_RESPONSE':
    case 'BILLING_TEMPLATE':
    case 'INPUT_INVALID':
    case 'BILLING_TIMEOUT':
    case 'BILLING_NETWORK':
      return true;
    case 'BILLING_AUTH':
      return error.cause.httpStatus === 403;
    default:
      return false;
  }
}
