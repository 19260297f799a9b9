import { shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';
import type { Compile, Evaluate } from '../settings';
import type { SendOutcome, UsageLimits } from '../usage-port';
import { type AnswerTest, compileTest, statuses } from './answer-test';
import { count, type Fields, isLeftOut, readWords, type Words } from './fields';
import type { LookOperation, Operation, OperationCompiler } from './operation';

type Word = SendOutcome['outcome'];
const outcomes: readonly Word[] = ['delivered', 'duplicate', 'retry', 'rejected'];

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
  /** Looks for a meter; `null`: billing refuses usage of a meter that it does not know. */
  readonly meter: LookOperation | null;
  readonly limits: UsageLimits;
}

const usageFields = [
  'outcomes',
  'judged',
  'known',
  'batch',
  'groupBy',
  'callsPerSecond',
  'maxAgeDays',
  'dedupeHours',
  'maxKeyLength',
  'meter',
];

const hourMs = 3_600_000;

/** @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function compileUsage(fields: Fields, compiler: OperationCompiler, compile: Compile): UsageOperation {
  const operation = compiler.operation('usage', usageFields);
  const { field } = operation;
  const judged = isLeftOut(fields.judged) ? new Set<number>() : statuses(fields.judged, `${field}.judged`);
  if (judged.size > 0 && isLeftOut(fields.answer))
    throw inputInvalid(
      `${field}.judged`,
      'is given, but no template judges',
      `Write ${field}.answer, or take it away.`,
    );
  return {
    ...operation,
    judge: isLeftOut(fields.answer) ? null : operation.answer,
    words: readWords(fields.outcomes, `${field}.outcomes`, outcomes),
    judged,
    known: except(judged, compileTest(fields.known, `${field}.known`, [409], compile)),
    meter: isLeftOut(fields.meter) ? null : compiler.look(fields.meter, `${field}.meter`),
    limits: limitsOf(fields, field),
  };
}

function limitsOf(fields: Fields, field: string): UsageLimits {
  const optional = <T>(name: string, read: (given: unknown, at: string) => T): T | null =>
    isLeftOut(fields[name]) ? null : read(fields[name], `${field}.${name}`);
  const days = optional('maxAgeDays', amount);
  const hours = optional('dedupeHours', amount);
  return {
    batch: optional('batch', (given, at) => count(given, at, 1)) ?? 1,
    ...(optional('groupBy', group) ? { groupBy: 'subscription' } : {}),
    callsPerSecond: optional('callsPerSecond', amount),
    maxAgeMs: days === null ? null : days * 24 * hourMs,
    maxKeyLength: optional('maxKeyLength', (given, at) => count(given, at, 32)),
    dedupeWindowMs: hours === null ? null : hours * hourMs,
  };
}

/** An answer that judges every item is never taken for a word about the only one. */
function except(judged: ReadonlySet<number>, test: AnswerTest): AnswerTest {
  return { ...test, mayHold: status => !judged.has(status) && test.mayHold(status) };
}

function group(given: unknown, field: string): 'subscription' {
  if (given === 'subscription') return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, 'Use subscription, or leave it out.');
}

function amount(given: unknown, field: string): number {
  if (typeof given === 'number' && Number.isFinite(given) && given > 0) return given;
  throw inputInvalid(field, `is ${shapeOf(given)}`, 'Use a number above 0, or leave it out.');
}
