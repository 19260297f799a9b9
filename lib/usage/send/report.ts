import type { OddValue } from '../meter/measure';
import type { Delivered } from './deliver';

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
  for (const { result } of records.values()) settled[result] = (settled[result] ?? 0) + 1;
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

/** As `wap-ack` takes it in `msg.outcome`. */
export function outcomesOf({ records }: Delivered): Array<Record<string, unknown>> {
  return [...records].map(([EventId, verdict]) => {
    if (verdict.result === 'retry') return { EventId, outcome: 'retry', retrySeconds: verdict.afterMs / 1000 };
    if (verdict.result === 'dead') return { EventId, outcome: 'deadLetter', reason: verdict.reason };
    return verdict.result === 'waiting'
      ? { EventId, outcome: 'waiting', reason: verdict.reason }
      : { EventId, outcome: verdict.result };
  });
}
