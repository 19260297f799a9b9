import type { UsageItem, UsageSink } from '../../billing/usage-port';
import type { AdapterError } from '../../errors';
import type { Quantity } from '../quantity';
import { Copies } from './copies';
import type { Delivered, DeliveryContext } from './delivered';
import { marksOf } from './marks';
import type { QuantityOutcome, SentQuantity } from './outcome';
import { recordsOf } from './records-of';
import { settleDelivered } from './settle-delivered';
import { sentKey } from './short-key';

/** Sends quantities to billing and settles what became of their records, in one transaction with the marks of what was sent.
 *  Of a record whose quantities came in several messages, or go to several systems, each is noted, and the last one settles
 *  it. Safe to repeat: the keys are the same.
 *  @throws STATE_DELIVERY for an unknown delivery, or a whole one that was sent again meanwhile: its next message settles it */
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

/** Sends what may be sent; what must not be has its outcome without a call. */
async function send(quantities: readonly Quantity[], context: DeliveryContext): Promise<Delivered> {
  const { store, sink, sender, shared, clock } = context;
  const marks = marksOf(context);
  const { maxKeyLength } = sink.limits;
  const ids = await shared.billingIds([...new Set(quantities.map(({ wapSubscriptionId }) => wapSubscriptionId))]);
  const known = new Map<Quantity, QuantityOutcome>();
  // No turn of the event loop from here to the sender, however many there are: no other message may pass this one.
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
  const sent = [...known].map(([quantity, outcome]) => ({ quantity, outcome }));
  return { sent, records: await recordsOf(sent, context), without: context.without, failure: failureOf(sent) };
}

/** Why a quantity must not be sent now; null: it may. */
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

/** Field by field, because this runs for every record. */
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

/** Why billing could not be asked, from the first quantity that says so. */
function failureOf(sent: readonly SentQuantity[]): AdapterError | null {
  for (const { outcome } of sent) if (outcome.outcome === 'failed') return outcome.error;
  return null;
}
