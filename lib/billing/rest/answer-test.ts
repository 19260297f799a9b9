import { shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import type { Compile } from '../settings';
import { compileExpression } from './expression';
import { isLeftOut } from './fields';

/** What a test sees of an answer. */
export interface Judged {
  status: number;
  headers: Record<string, string>;
  body: unknown;
  /** What the request's expressions saw. */
  request: Record<string, unknown>;
}

/** Whether an answer means a certain thing, such as "there is none" or "it exists already". */
export interface AnswerTest {
  /** Whether an answer with this status can mean it; others are errors as usual. */
  mayHold(status: number): boolean;
  /** @throws BILLING_TEMPLATE when the expression fails */
  holds(answer: Judged): Promise<boolean>;
}

/** Statuses that say nothing about the thing asked for: they are about credentials, a proxy, time or speed. */
const ofTheCall: ReadonlySet<number> = new Set([401, 403, 407, 408, 429]);

/** Statuses in a list, or an expression over `$status`, `$request` and the answer that gives true.
 *  @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileTest(given: unknown, field: string, preset: readonly number[], compile: Compile): AnswerTest {
  if (typeof given !== 'string') return ofStatuses(isLeftOut(given) ? new Set(preset) : statuses(given, field));
  const evaluate = compileExpression(compile, given, field);
  return {
    mayHold: status => status < 300 || (status >= 400 && status < 500 && !ofTheCall.has(status)),
    holds: async ({ status, headers, body, request }) => (await evaluate(body, { status, headers, request })) === true,
  };
}

function ofStatuses(known: ReadonlySet<number>): AnswerTest {
  return { mayHold: status => known.has(status), holds: async ({ status }) => known.has(status) };
}

/** @throws INPUT_INVALID */
export function statuses(given: unknown, field: string): Set<number> {
  if (!Array.isArray(given))
    throw inputInvalid(field, `is ${shapeOf(given)}`, 'Write a list of statuses, like [409, 422], or an expression.');
  return new Set(
    given.map((status: unknown) => {
      if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 499) return status;
      throw inputInvalid(field, `holds ${shapeOf(status)} that is no status from 400 to 499`, 'Write like [409, 422].');
    }),
  );
}
