import type { OddValue } from '../meter/measure';
import type { Delivered } from './delivered';
import { type RecordOutcome, recordOutcome } from './outcome';

/** What the node says of a message: how many quantities had which outcome. */
export interface SendSummary {
  quantities: number;
  delivered: number;
  duplicate: number;
  /** Asked for again by billing, or not sent because billing could not be asked. */
  retry: number;
  /** Whose subscription is not mapped yet. */
  waiting: number;
  rejected: number;
  /** How many records were settled with which result. */
  records: Record<string, number>;
  /** The first of the quantities to retry, and why. */
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

export function summaryOf({ sent, records }: Delivered): SendSummary {
  const count = (...words: string[]) => sent.filter(({ outcome }) => words.includes(outcome.outcome)).length;
  const settled: Record<string, number> = {};
  for (const { outcome } of records) settled[outcome.result] = (settled[outcome.result] ?? 0) + 1;
  return {
    quantities: sent.length,
    delivered: count('delivered'),
    duplicate: count('duplicate'),
    retry: count('retry', 'failed'),
    waiting: count('waiting'),
    rejected: count('rejected'),
    records: settled,
    again: withReason(sent, 'retry').slice(0, mostAgain),
  };
}

/** Reasons in one summary; they are nearly always the same. */
const mostAgain = 20;

/** What billing refused for good. */
export function rejectedOf({ sent }: Delivered): Rejected[] {
  return withReason(sent, 'rejected');
}

function withReason(sent: Delivered['sent'], word: 'rejected' | 'retry'): Rejected[] {
  return sent.flatMap(({ quantity: { key, recordId, wapSubscriptionId, meter, quantity }, outcome }) =>
    outcome.outcome === word ? [{ key, recordId, wapSubscriptionId, meter, quantity, reason: outcome.reason }] : [],
  );
}

/** Values that are no quantities, as what was rejected; the other values of their records were sent. */
export function rejectedOdd(
  odd: readonly OddValue[],
  { installation, feed }: { installation: string; feed: string },
): Rejected[] {
  return odd.map(({ EventId, metric, value, reason, record }) => ({
    ...{ key: `${installation}/${feed}/${EventId}/${metric ?? ''}`, recordId: EventId, reason },
    ...{ wapSubscriptionId: record.SubscriptionId, meter: metric ?? '', quantity: String(value) },
  }));
}

/** Subscriptions that wait for their mapping, and how many quantities of each. */
export function waitingOf({ sent }: Delivered): Array<{ wapSubscriptionId: string; quantities: number }> {
  const counts = new Map<string, number>();
  for (const { quantity, outcome } of sent)
    if (outcome.outcome === 'waiting')
      counts.set(quantity.wapSubscriptionId, (counts.get(quantity.wapSubscriptionId) ?? 0) + 1);
  return [...counts].map(([wapSubscriptionId, quantities]) => ({ wapSubscriptionId, quantities }));
}

/** What `wap-ack` takes in `msg.outcome`: one outcome for each record, or for each quantity where the message has only some of
 *  its record. */
export function outcomesOf({ records, without }: Delivered, attempt = 1): Array<Record<string, unknown>> {
  const all: Array<Record<string, unknown>> = without.map(EventId => ({ EventId, outcome: 'delivered' }));
  for (const { recordId: EventId, outcome, sent, of, has } of records) {
    const [first] = sent;
    const at = { EventId, ...(first?.quantity.token === undefined ? {} : { token: first.quantity.token }) };
    if (has === of) all.push({ ...at, ...forAck(outcome) });
    else
      for (const one of sent)
        all.push({ ...at, key: one.quantity.key, recordQuantities: of, ...forAck(recordOutcome([one], attempt)) });
  }
  return all;
}

/** In the words and units of `wap-ack`: seconds, and `deadLetter`. */
function forAck(outcome: RecordOutcome): Record<string, unknown> {
  switch (outcome.result) {
    case 'retry':
      return { outcome: 'retry', retrySeconds: outcome.afterMs / 1000 };
    case 'dead':
      return { outcome: 'deadLetter', reason: outcome.reason };
    case 'waiting':
      return { outcome: 'waiting', reason: outcome.reason };
    default:
      return { outcome: outcome.result };
  }
}
