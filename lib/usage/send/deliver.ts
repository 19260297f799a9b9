import type { Clock } from '../../async/clock';
import type { UsageItem, UsageSink } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';
import type { RebuildMark } from '../../feeds/records/batch';
import type { Store } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Quantity } from '../quantity';
import type { Days } from '../totals/days';
import { Copies } from './copies';
import { marksOf } from './marks';
import { type JudgedRecord, recordsOf } from './records-of';
import type { UsageSender } from './sender';
import { settleDelivered } from './settle-delivered';
import type { SharedSteps } from './shared-steps';
import { sentKey } from './short-key';
import type { Judged, QuantityOutcome } from './verdict';

export interface DeliveryContext {
  store: Store;
  clock: Clock;
  scope: MappingScope;
  sink: UsageSink;
  sender: UsageSender;
  shared: SharedSteps;
  /** What is acknowledged where the quantities do not say it; null: outcomes only. */
  token: string | null;
  /** `batch`: the message stands for its whole delivery, records without quantities included. `own`: for the records whose
   *  quantities it has, and for `without`. */
  carries: 'batch' | 'own';
  /** Records of the message that gave no quantity. */
  without: readonly number[];
  /** So many nodes get a copy of each record and acknowledge it. */
  copies: number;
  /** Which delivery of the records this is, from 1. */
  attempt: number;
  /** The days by which what billing has is added up. */
  days: Days;
  /** The replay that the quantities are of, if its totals are counted from nothing. */
  rebuild: RebuildMark | null;
}

export interface Delivered {
  judged: Judged[];
  records: JudgedRecord[];
  /** Records that gave no quantity. */
  without: readonly number[];
  /** Why billing could not be asked, if so. */
  failure: AdapterError | null;
}

/** Sends quantities to billing and settles what came of their records, in one transaction with its own marks. Of a record
 *  whose quantities came in several messages, or go to several systems, each is noted; the last one settles it. A repeat is
 *  safe, the keys are the same.
 *  @throws STATE_DELIVERY when nobody knows the delivery, or a whole one was emitted again meanwhile: its next message settles
 *  it */
export async function deliver(quantities: readonly Quantity[], context: DeliveryContext): Promise<Delivered> {
  const copy = Copies.of(context.store).enter(context.scope.target, context.token, quantities);
  try {
    const delivered = await send(quantities, context);
    await settleDelivered(delivered, context, copy);
    return delivered;
  } finally {
    copy.leave();
  }
}

async function send(quantities: readonly Quantity[], context: DeliveryContext): Promise<Delivered> {
  const { store, sink, sender, shared, clock } = context;
  const marks = marksOf(context);
  const { maxKeyLength } = sink.limits;
  const ids = await shared.billingIds([...new Set(quantities.map(({ wapSubscriptionId }) => wapSubscriptionId))]);
  const known = new Map<Quantity, QuantityOutcome>();
  // Until it is with the sender no other message may pass this one: without a turn, however many there are.
  for (const quantity of quantities) {
    const stopped = stopOf(quantity, ids, sink, clock.now());
    if (stopped) known.set(quantity, stopped);
  }
  const before = marks ? await marks.intend(store, rest(quantities, known), clock.now()) : new Map();
  for (const quantity of rest(quantities, known)) {
    const stopped = before.get(quantity.key);
    if (stopped) known.set(quantity, stopped);
  }
  const toSend = rest(quantities, known);
  const outcomes = await sender.submit(
    toSend.map(quantity => itemOf(quantity, sentKey(quantity, maxKeyLength, shared.longKeys), ids)),
  );
  for (const [index, quantity] of toSend.entries()) {
    const outcome = outcomes[index];
    if (outcome) known.set(quantity, outcome);
  }
  const judged = [...known].map(([quantity, outcome]) => ({ quantity, outcome }));
  return { judged, records: await recordsOf(judged, context), without: context.without, failure: failureOf(judged) };
}

function stopOf(
  { wapSubscriptionId, endTime }: Quantity,
  ids: ReadonlyMap<string, string>,
  { limits: { maxAgeMs } }: UsageSink,
  now: number,
): QuantityOutcome | null {
  if (!ids.has(wapSubscriptionId))
    return { outcome: 'waiting', reason: `The subscription ${wapSubscriptionId} is not mapped to billing yet.` };
  if (maxAgeMs === null || Date.parse(endTime) >= now - maxAgeMs) return null;
  return { outcome: 'rejected', reason: `It ended ${endTime}, and billing takes nothing so old.` };
}

const rest = (all: readonly Quantity[], known: ReadonlyMap<Quantity, unknown>) => all.filter(one => !known.has(one));

/** Field by field: this runs for every record. */
function itemOf(quantity: Quantity, key: string, ids: ReadonlyMap<string, string>): UsageItem {
  const { wapSubscriptionId, meter, unit, quantity: amount, startTime, endTime, adjustment, properties } = quantity;
  const subscription = ids.get(wapSubscriptionId) ?? '';
  return {
    key,
    subscription,
    wapSubscriptionId,
    meter,
    unit,
    quantity: amount,
    startTime,
    endTime,
    adjustment,
    properties,
  };
}

function failureOf(judged: readonly Judged[]): AdapterError | null {
  for (const { outcome } of judged) if (outcome.outcome === 'failed') return outcome.error;
  return null;
}
