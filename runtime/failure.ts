import type { NodeAPI } from 'node-red';
import { AdapterError } from '../lib/errors';
import { inDialogWords } from './dialog-words';
import { say } from './texts';

/** The error a Catch node gets: the code's meaning in the server's language, then the detail in the dialog's words;
 *  `code` and `cause` stay.
 *  What is not an AdapterError is a defect of this package and is shown as one, with its stack. */
export function failureOf(RED: NodeAPI, error: unknown): AdapterError {
  const known = error instanceof AdapterError ? inDialogWords(RED, error) : defect(error);
  const failure = new AdapterError(known.code, `${say(RED, `errors.${known.code}`)} ${known.message}`, known.cause);
  if (known.stack) failure.stack = known.stack;
  return failure;
}

function defect(error: unknown): AdapterError {
  const known = new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
  if (error instanceof Error && error.stack) known.stack = error.stack;
  return known;
}
