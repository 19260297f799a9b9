import type { NodeAPI } from 'node-red';
import { AdapterError } from '../../lib/errors';
import { inDialogWords } from '../routes/dialog-words';
import { say } from './texts';

const page = 'https://github.com/wap-billing/node-red-wap-billing/blob/main/docs/errors.md';

/** The error a Catch node gets: what happened, in the dialog's words, then what to do; `code` and `cause` stay, and
 *  `cause.help` leads to the page about the code.
 *  What is not an AdapterError is a defect of this package and is shown as one, with its stack. */
export function failureOf(RED: NodeAPI, error: unknown): AdapterError {
  const known = error instanceof AdapterError ? inDialogWords(RED, error) : defect(error);
  const { advises, ...cause } = known.cause;
  if (cause.help) return known;
  const message = advises ? known.message : `${ended(known.message)} ${say(RED, `remedy.${known.code}`)}`;
  const failure = new AdapterError(known.code, message, { ...cause, help: `${page}#${known.code.toLowerCase()}` });
  if (known.stack) failure.stack = known.stack;
  return failure;
}

/** Which words of the catalogue say in a status what failed: mostly those of the code. */
export function shortOf({ code, cause: { subject = '', httpStatus } }: AdapterError): string {
  if (code === 'WAP_AUTH' && subject === 'token') return 'tokenRefused';
  return code === 'WAP_CONFLICT' && httpStatus === 409 && /^(plan|add-on) /.test(subject) ? 'nameTaken' : code;
}

const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

function defect(error: unknown): AdapterError {
  const known = new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
  if (error instanceof Error && error.stack) known.stack = error.stack;
  return known;
}
