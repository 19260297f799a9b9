import type { UsageItem, UsageSink } from '../../billing/usage-port';
import type { Clock } from '../../clock';
import type { AdapterError } from '../../errors';
import type { MappingScope } from '../../state/mapping-entry';
import type { Store } from '../../state/port';
import { type EventOutcome, type Outcome, settle } from '../delivery';
import type { Quantity } from '../quantity';
import { inSlices } from '../slices';
import { DeliveredMarks } from './marks';
import type { UsageSender } from './sender';
import { type SharedSteps, singleOf } from './shared-steps';
import { type Judged, type QuantityOutcome, type RecordVerdict, verdictOf } from './verdict';

export interface DeliveryContext {
  store: Store;
  clock: Clock;
  scope: MappingScope;
  sink: UsageSink;
  sender: UsageSender;
  shared: SharedSteps;
  /** What is acknowledged; null: outcomes only. */
  token: string | null;
  /** Which delivery of the records this is, from 1. */
  attempt: number;
}

export interface Delivered {
  judged: Judged[];
  records: Map<number, RecordVerdict>;
  /** Why billing could not be asked, if so. */
  failure: AdapterError | null;
}

/** Sends quantities to billing and settles their records in one transaction with its own marks. Records without any
 *  quantity are settled as delivered: there is nothing to bill. A repeat is safe, the keys are the same.
 *  @throws STATE_DELIVERY when the delivery was emitted again meanwhile: its next message settles it */
export async function deliver(quantities: readonly Quantity[], context: DeliveryContext): Promise<Delivered> {
  const { store, sink, sender, shared, scope, clock } = context;
  const { dedupeWindowMs } = sink.limits;
  const marks =
    dedupeWindowMs === null ? null : new DeliveredMarks(`${scope.installation}/${scope.target}`, dedupeWindowMs);
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
  const outcomes = await sender.submit(toSend.map(quantity => itemOf(quantity, ids)));
  for (const [index, quantity] of toSend.entries()) {
    const outcome = outcomes[index];
    if (outcome) known.set(quantity, outcome);
  }
  const judged = [...known].map(([quantity, outcome]) => ({ quantity, outcome }));
  const records = await verdicts(judged, context.attempt);
  const failure = failureOf(judged);
  const steps = stepsToSettle(records, failure);
  const single = marks === null && context.token !== null ? singleOf(context.token) : null;
  if (single) {
    const { batch, eventId } = single;
    const each = steps.flatMap(step => (isList(step) ? [...step] : [{ ...step, eventId }]));
    if (each.length > 0) await shared.settleSingle(batch, each);
  } else {
    await store.transaction(async tx => {
      await marks?.conclude(tx, judged, clock.now());
      if (context.token !== null) for (const step of steps) await settle(store, clock, context.token, step, tx);
    });
  }
  return { judged, records, failure };
}

type Step = Outcome | readonly EventOutcome[];

/** First what has to come again or is set aside, then the rest as delivered, records without quantities included. After an
 *  interruption only what billing has judged for good: the rest stays open and comes again at the next start, not after a
 *  wait. */
function stepsToSettle(records: ReadonlyMap<number, RecordVerdict>, failure: AdapterError | null): Step[] {
  const isAborted = failure?.code === 'ABORTED';
  const own: EventOutcome[] = [];
  for (const [eventId, verdict] of records) {
    const isDelivered = verdict.result === 'delivered' || verdict.result === 'duplicate';
    if (isAborted ? verdict.result !== 'retry' : !isDelivered) own.push({ ...verdict, eventId });
  }
  const steps: Step[] = own.length > 0 ? [own] : [];
  return isAborted ? steps : [...steps, { result: 'delivered' }];
}

const isList = (step: Step): step is readonly EventOutcome[] => Array.isArray(step);

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
function itemOf(quantity: Quantity, ids: ReadonlyMap<string, string>): UsageItem {
  const {
    key,
    wapSubscriptionId,
    meter,
    unit,
    quantity: amount,
    startTime,
    endTime,
    adjustment,
    properties,
  } = quantity;
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

async function verdicts(judged: readonly Judged[], attempt: number): Promise<Map<number, RecordVerdict>> {
  const byRecord = new Map<number, Judged[]>();
  await inSlices(judged, some => {
    for (const one of some) {
      const { recordId } = one.quantity;
      const others = byRecord.get(recordId);
      if (others) others.push(one);
      else byRecord.set(recordId, [one]);
    }
  });
  const records = new Map<number, RecordVerdict>();
  await inSlices([...byRecord], some => {
    for (const [id, of] of some) records.set(id, verdictOf(of, attempt));
  });
  return records;
}

function failureOf(judged: readonly Judged[]): AdapterError | null {
  for (const { outcome } of judged) if (outcome.outcome === 'failed') return outcome.error;
  return null;
}
