import { AdapterError } from '../errors';

/** A setting or an argument that cannot be used: which, what is wrong with it, and what to write instead. */
export function inputInvalid(field: string, problem: string, remedy: string): AdapterError {
  return AdapterError.advising('INPUT_INVALID', `${field} ${problem}. ${remedy}`, { subject: field });
}
