import { isRefusal } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';

/** Billing looked at the call and refuses something in it: the items at fault can be found by halves. */
export function isOfItems(error: AdapterError): boolean {
  return isRefusal(error) || error.code === 'BILLING_NOT_FOUND';
}

/** Failures that a single item can cause as well as billing itself: an error inside billing, a missing permission for one item,
 *  an answer that cannot be read or does not come, a template that fails on its values. */
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
