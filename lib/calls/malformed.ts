import { AdapterError } from '../errors';

/** A request of WAP that is refused because of what it holds. `status` is the answer to WAP; the sentence goes to WAP
 *  and to Catch, so it names shapes and never contents. */
export function malformed(message: string, subject: string, status = 400): AdapterError {
  return new AdapterError('CALL_MALFORMED', message, { subject, httpStatus: status });
}
