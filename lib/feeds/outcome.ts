import { AdapterError, shapeOf } from '../errors';
import type { EventFeed } from '../wap/types';

/** What became of an event or a usage record. `afterMs` 0 means as soon as possible. `waiting`: billing cannot take it
 *  before something else is there, such as the subscription's mapping; a record then comes again when it is, an event
 *  after a minute. */
export type Outcome =
  | { result: 'delivered' }
  | { result: 'duplicate' }
  | { result: 'retry'; afterMs: number }
  | { result: 'waiting'; reason: string }
  | { result: 'dead'; reason: string };

/** Who acknowledges, and how many get a copy of the same. */
export interface Party {
  by: string;
  copies: number;
}

/** What part of a record an outcome is of. A flow may send the quantities of one record different ways, or copies of it to
 *  several systems. */
export interface PartOf extends Party {
  /** The key of a quantity; empty when it is all that somebody makes of the record. */
  key: string;
  /** How many parts the record has. */
  of: number;
}

/** The outcome of one event, or one usage record, of a batch. `feed` is needed only when the batch has the id in two
 *  feeds. `part`: it is of a part of it only, or of one of several copies; the record is settled when all have theirs.
 *  `reopens`: billing lacks it, even when somebody else settled it before. */
export type EventOutcome = Outcome & { eventId: number; feed?: EventFeed; part?: PartOf; reopens?: boolean };

/** One outcome for all that a token stands for, or one each. */
export type Outcomes = Outcome | readonly EventOutcome[];

/** How far a batch is, after an acknowledgement. */
export interface Settled {
  /** Events settled, or sent back, by this call. */
  settled: number;
  /** Events of the batch that still wait for their outcome. */
  left: number;
}

/** The outcome of all that a party makes of a record. */
export function wholeRecord(eventId: number, outcome: Outcome, { by, copies }: Party): EventOutcome {
  return copies === 1 ? { ...outcome, eventId } : { ...outcome, eventId, part: { key: '', of: 1, by, copies } };
}

/** Billing has it: nothing of it is sent again. */
export const isOver = <O extends Outcome>(outcome: O): outcome is O & { result: 'delivered' | 'duplicate' } =>
  outcome.result === 'delivered' || outcome.result === 'duplicate';

/** Generic, because `Array.isArray` does not narrow a read-only list. */
export function isList<T extends object, E>(outcomes: T | readonly E[]): outcomes is readonly E[] {
  return Array.isArray(outcomes);
}

/** The reason as it is stored. */
export function reasonOf(outcome: Outcome): string | null {
  return 'reason' in outcome ? outcome.reason.slice(0, 2000) : null;
}

/** @throws INPUT_INVALID naming the field, for what a caller without types may give */
export function checkOutcome(outcome: Outcome): void {
  const result: unknown = outcome?.result;
  const known = ['delivered', 'duplicate', 'retry', 'waiting', 'dead'];
  if (typeof result !== 'string' || !known.includes(result)) {
    throw invalid('outcome', `is ${shapeOf(result)}: give delivered, duplicate, retry, waiting or dead`);
  }
  if (outcome.result === 'retry' && !(Number.isFinite(outcome.afterMs) && outcome.afterMs >= 0)) {
    throw invalid('afterMs', `is ${shapeOf(outcome.afterMs)}: give a number of milliseconds, 0 or more`);
  }
  const needsReason = outcome.result === 'dead' || outcome.result === 'waiting';
  if (needsReason && (typeof outcome.reason !== 'string' || outcome.reason === '')) {
    throw invalid('reason', `is ${shapeOf(outcome.reason)}: say why billing does not take it`);
  }
}

/** INPUT_INVALID, by the field as flows know it. */
function invalid(field: string, problem: string): AdapterError {
  return new AdapterError('INPUT_INVALID', `Delivery: ${field} ${problem}.`, { subject: field });
}

/** STATE_DELIVERY: what is acknowledged is not open. */
export function notOpen(sentence: string): AdapterError {
  return new AdapterError('STATE_DELIVERY', `${sentence}.`, { subject: 'delivery.token' });
}
