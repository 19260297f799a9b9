import { shapeOf } from '../errors';
import type { Compile, Evaluate } from './expression';
import { compileExpression, inputInvalid } from './expression';
import type { Operation } from './rest-compile';
import { count, type Fields, isLeftOut, readWords, type Words } from './rest-fields';
import type { SendOutcome, UsageLimits } from './usage-port';

type Word = SendOutcome['outcome'];
const ours: readonly Word[] = ['delivered', 'duplicate', 'retry', 'rejected'];

/** Sending usage, ready to use. */
export interface UsageOperation extends Operation {
  /** Turns an answer into outcomes; `null`: success is for all items. */
  readonly judge: Evaluate | null;
  /** Billing's words for an outcome, and our own. */
  readonly words: Words<Word>;
  /** Statuses from 400 on whose answer still speaks of each item. */
  readonly judged: ReadonlySet<number>;
  /** Statuses that mean, for one item, that billing has it. */
  readonly known: ReadonlySet<number>;
  readonly limits: UsageLimits;
}

export const usageFields = ['outcomes', 'judged', 'known', 'batch', 'callsPerSecond', 'maxAgeDays', 'dedupeHours'];

/** @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileUsage(fields: Fields, operation: Operation, compile: Compile): UsageOperation {
  const { field } = operation;
  const hours = isLeftOut(fields.dedupeHours) ? null : amount(fields.dedupeHours, `${field}.dedupeHours`);
  const days = isLeftOut(fields.maxAgeDays) ? null : amount(fields.maxAgeDays, `${field}.maxAgeDays`);
  return {
    ...operation,
    judge: isLeftOut(fields.answer) ? null : compileExpression(compile, fields.answer, `${field}.answer`),
    words: readWords(fields.outcomes, `${field}.outcomes`, ours),
    judged: statuses(fields.judged, `${field}.judged`, []),
    known: statuses(fields.known, `${field}.known`, [409]),
    limits: {
      batch: isLeftOut(fields.batch) ? 1 : count(fields.batch, `${field}.batch`, 1),
      callsPerSecond: isLeftOut(fields.callsPerSecond)
        ? null
        : amount(fields.callsPerSecond, `${field}.callsPerSecond`),
      maxAgeMs: days === null ? null : days * 86_400_000,
      dedupeWindowMs: hours === null ? null : hours * 3_600_000,
    },
  };
}

function amount(given: unknown, field: string): number {
  if (typeof given === 'number' && Number.isFinite(given) && given > 0) return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, 'Use a number above 0, or leave it out.');
}

function statuses(given: unknown, field: string, fallback: number[]): Set<number> {
  if (isLeftOut(given)) return new Set(fallback);
  if (!Array.isArray(given)) throw inputInvalid(field, `is ${shapeOf(given)}`, 'Write a list of statuses, like [422].');
  return new Set(
    given.map((status: unknown) => {
      if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 499) return status;
      throw inputInvalid(field, `holds ${shapeOf(status)} that is no status from 400 to 499`, 'Write like [409, 422].');
    }),
  );
}
