import { waitAfter } from '../../async/back-off';
import type { SendOutcome } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';
import type { Quantity } from '../quantity';

/** What became of an item; `failed`: billing could not be asked, for a reason that is not the item's. */
export type ItemOutcome = SendOutcome | { outcome: 'failed'; error: AdapterError };

/** From a second to a quarter of an hour. */
export const betweenTries = { firstMs: 1000, longestMs: 900_000 };

/** What became of a quantity: as billing said, or it waits for its subscription's mapping. */
export type QuantityOutcome = ItemOutcome | { outcome: 'waiting'; reason: string };

/** A quantity and what became of it. */
export interface SentQuantity {
  quantity: Quantity;
  outcome: QuantityOutcome;
}

/** What becomes of a record in the end, for its acknowledgement. */
export type RecordOutcome =
  | { result: 'delivered' }
  | { result: 'duplicate' }
  | { result: 'retry'; afterMs: number }
  | { result: 'waiting'; reason: string }
  | { result: 'dead'; reason: string };

/** The record's outcome is the worst of its quantities, where an open one is worse than a final one: a record becomes a dead
 *  letter only when nothing of it is left to send. `attempt` is which delivery of it this is, from 1. */
export function recordOutcome(sent: readonly SentQuantity[], attempt: number): RecordOutcome {
  const outcomes = sent.map(({ outcome }) => outcome);
  const waits = outcomes.flatMap(outcome => waitOf(outcome, attempt));
  if (waits.length > 0) return { result: 'retry', afterMs: Math.max(...waits) };
  for (const outcome of outcomes)
    if (outcome.outcome === 'waiting') return { result: 'waiting', reason: outcome.reason };
  for (const { quantity, outcome } of sent)
    if (outcome.outcome === 'rejected') return { result: 'dead', reason: `${quantity.meter}: ${outcome.reason}` };
  return { result: outcomes.some(({ outcome }) => outcome === 'delivered') ? 'delivered' : 'duplicate' };
}

/** What only an operator can correct is tried less often. */
const correctedMs = 60_000;

/** How long the quantity's record waits, in ms, as a list of one; empty when the quantity need not wait. */
function waitOf(outcome: QuantityOutcome, attempt: number): number[] {
  const usual = waitAfter(attempt + 2, betweenTries);
  if (outcome.outcome === 'retry') return [Math.max(outcome.afterMs ?? 0, usual)];
  if (outcome.outcome !== 'failed') return [];
  const { retryable, retryAfterMs } = outcome.error.cause;
  return [Math.max(retryAfterMs ?? 0, usual, retryable ? 0 : correctedMs)];
}

/** Whether billing has the quantity now, sent by this call or by an earlier one. */
export function isTaken({ outcome: { outcome } }: SentQuantity): boolean {
  return outcome === 'delivered' || outcome === 'duplicate';
}
