import type { OddValue } from '../meter/measure';
import type { Delivered } from './deliver';
import { type RecordVerdict, verdictOf } from './verdict';

/** What a message says when its quantities are settled: how many of which outcome. */
export interface SendSummary {
  quantities: number;
  delivered: number;
  duplicate: number;
  retry: number;
  waiting: number;
  rejected: number;
  /** Records by what they were settled as. */
  records: Record<string, number>;
  /** The first of those to retry, and why. */
  again: Rejected[];
}

/** A quantity that was not taken. */
export interface Rejected {
  key: string;
  recordId: number;
  wapSubscriptionId: string;
  meter: string;
  quantity: string;
  reason: string;
}

export function summaryOf({ judged, records }: Delivered): SendSummary {
  const count = (...words: string[]) => judged.filter(({ outcome }) => words.includes(outcome.outcome)).length;
  const settled: Record<string, number> = {};
  for (const {
    verdict: { result },
  } of records)
    settled[result] = (settled[result] ?? 0) + 1;
  return {
    quantities: judged.length,
    delivered: count('delivered'),
    duplicate: count('duplicate'),
    retry: count('retry', 'failed'),
    waiting: count('waiting'),
    rejected: count('rejected'),
    records: settled,
    again: withReason(judged, 'retry').slice(0, mostAgain),
  };
}

const mostAgain = 20;

export function rejectedOf({ judged }: Delivered): Rejected[] {
  return withReason(judged, 'rejected');
}

function withReason(judged: Delivered['judged'], word: 'rejected' | 'retry'): Rejected[] {
  return judged.flatMap(({ quantity: { key, recordId, wapSubscriptionId, meter, quantity }, outcome }) =>
    outcome.outcome === word ? [{ key, recordId, wapSubscriptionId, meter, quantity, reason: outcome.reason }] : [],
  );
}

/** A value that is no quantity cannot be sent; the record's other values are. */
export function rejectedOdd(
  odd: readonly OddValue[],
  { installation, feed }: { installation: string; feed: string },
): Rejected[] {
  return odd.map(({ EventId, metric, value, reason, record }) => ({
    ...{ key: `${installation}/${feed}/${EventId}/${metric ?? ''}`, recordId: EventId, reason },
    ...{ wapSubscriptionId: record.SubscriptionId, meter: metric ?? '', quantity: String(value) },
  }));
}

/** Subscriptions that wait for their mapping, with how many quantities each. */
export function waitingOf({ judged }: Delivered): Array<{ wapSubscriptionId: string; quantities: number }> {
  const counts = new Map<string, number>();
  for (const { quantity, outcome } of judged)
    if (outcome.outcome === 'waiting')
      counts.set(quantity.wapSubscriptionId, (counts.get(quantity.wapSubscriptionId) ?? 0) + 1);
  return [...counts].map(([wapSubscriptionId, quantities]) => ({ wapSubscriptionId, quantities }));
}

/** As `wap-ack` takes it in `msg.outcome`: one for each record, or for each quantity where the message has not all of it. */
export function outcomesOf({ records, without }: Delivered, attempt = 1): Array<Record<string, unknown>> {
  const all: Array<Record<string, unknown>> = without.map(EventId => ({ EventId, outcome: 'delivered' }));
  for (const { recordId: EventId, verdict, judged, of, has } of records) {
    const [first] = judged;
    const at = { EventId, ...(first?.quantity.token === undefined ? {} : { token: first.quantity.token }) };
    if (has === of) all.push({ ...at, ...outcomeOf(verdict) });
    else
      for (const one of judged)
        all.push({ ...at, key: one.quantity.key, recordQuantities: of, ...outcomeOf(verdictOf([one], attempt)) });
  }
  return all;
}

function outcomeOf(verdict: RecordVerdict): Record<string, unknown> {
  if (verdict.result === 'retry') return { outcome: 'retry', retrySeconds: verdict.afterMs / 1000 };
  if (verdict.result === 'dead') return { outcome: 'deadLetter', reason: verdict.reason };
  if (verdict.result === 'waiting') return { outcome: 'waiting', reason: verdict.reason };
  return { outcome: verdict.result };
}
