import { shapeOf } from '../../errors';
import type { SendOutcome, UsageLimits } from '../usage-port';
import { type AnswerTest, compileTest, statuses } from './answer-test';
import type { Operation } from './compile';
import type { Compile, Evaluate } from './expression';
import { compileExpression, inputInvalid } from './expression';
import { count, type Fields, isLeftOut, readWords, type Words } from './fields';

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
  /** Of one item: "billing has it". */
  readonly known: AnswerTest;
  readonly limits: UsageLimits;
}

export const usageFields = [
  'outcomes',
  'judged',
  'known',
  'batch',
  'callsPerSecond',
  'maxAgeDays',
  'dedupeHours',
  'maxKeyLength',
];

/** @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileUsage(fields: Fields, operation: Operation, compile: Compile): UsageOperation {
  const { field } = operation;
  const hours = isLeftOut(fields.dedupeHours) ? null : amount(fields.dedupeHours, `${field}.dedupeHours`);
  const judged = isLeftOut(fields.judged) ? new Set<number>() : statuses(fields.judged, `${field}.judged`);
  if (judged.size > 0 && isLeftOut(fields.answer))
    throw inputInvalid(
      `${field}.judged`,
      'is given, but no template judges',
      `Write ${field}.answer, or take it away.`,
    );
  const days = isLeftOut(fields.maxAgeDays) ? null : amount(fields.maxAgeDays, `${field}.maxAgeDays`);
  return {
    ...operation,
    judge: isLeftOut(fields.answer) ? null : compileExpression(compile, fields.answer, `${field}.answer`),
    words: readWords(fields.outcomes, `${field}.outcomes`, ours),
    judged,
    known: except(judged, compileTest(fields.known, `${field}.known`, [409], compile)),
    limits: {
      batch: isLeftOut(fields.batch) ? 1 : count(fields.batch, `${field}.batch`, 1),
      callsPerSecond: isLeftOut(fields.callsPerSecond)
        ? null
        : amount(fields.callsPerSecond, `${field}.callsPerSecond`),
      maxAgeMs: days === null ? null : days * 86_400_000,
      maxKeyLength: isLeftOut(fields.maxKeyLength) ? null : count(fields.maxKeyLength, `${field}.maxKeyLength`, 32),
      dedupeWindowMs: hours === null ? null : hours * 3_600_000,
    },
  };
}

/** What is judged for every item is not taken for a word on one. */
function except(judged: ReadonlySet<number>, test: AnswerTest): AnswerTest {
  return { ...test, mayHold: status => !judged.has(status) && test.mayHold(status) };
}

function amount(given: unknown, field: string): number {
  if (typeof given === 'number' && Number.isFinite(given) && given > 0) return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, 'Use a number above 0, or leave it out.');
}
