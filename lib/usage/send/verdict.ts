import { waitAfter } from '../../async/back-off';
import type { Quantity } from '../quantity';
import type { ItemOutcome } from './sender';

/** From a second to a quarter of an hour. */
export const betweenTries = { firstMs: 1000, longestMs: 900_000 };

/** What became of a quantity: as billing said, or it waits for its subscription's mapping. */
export type QuantityOutcome = ItemOutcome | { outcome: 'waiting'; reason: string };

export interface Judged {
  quantity: Quantity;
  outcome: QuantityOutcome;
}

/** What becomes of a record in the end, for its acknowledgement. */
export type RecordVerdict =
  | { result: 'delivered' }
  | { result: 'duplicate' }
  | { result: 'retry'; afterMs: number }
  | { result: 'waiting'; reason: string }
  | { result: 'dead'; reason: string };

/** The worst outcome of a record's quantities is the record's. Whatever is not final goes first: a record is set aside only
 *  when nothing of it is left to send. `attempt` is which delivery of it this is. */
export function verdictOf(judged: readonly Judged[], attempt: number): RecordVerdict {
  const outcomes = judged.map(({ outcome }) => outcome);
  const waits = outcomes.flatMap(outcome => waitOf(outcome, attempt));
  if (waits.length > 0) return { result: 'retry', afterMs: Math.max(...waits) };
  for (const outcome of outcomes)
    if (outcome.outcome === 'waiting') return { result: 'waiting', reason: outcome.reason };
  for (const { quantity, outcome } of judged)
    if (outcome.outcome === 'rejected') return { result: 'dead', reason: `${quantity.meter}: ${outcome.reason}` };
  return { result: outcomes.some(({ outcome }) => outcome === 'delivered') ? 'delivered' : 'duplicate' };
}

/** What an operator has to correct is not asked for all the time. */
const correctedMs = 60_000;

function waitOf(outcome: QuantityOutcome, attempt: number): number[] {
  const usual = waitAfter(attempt + 2, betweenTries);
  if (outcome.outcome === 'retry') return [Math.max(outcome.afterMs ?? 0, usual)];
  if (outcome.outcome !== 'failed') return [];
  const { retryable, retryAfterMs } = outcome.error.cause;
  return [Math.max(retryAfterMs ?? 0, usual, retryable ? 0 : correctedMs)];
}
