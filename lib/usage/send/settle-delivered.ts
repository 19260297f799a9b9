import { type EventOutcome, type PartOf, wholeRecord } from '../../feeds/outcome';
import { settle } from '../../feeds/settle/settle';
import type { Tx } from '../../state/port';
import type { Quantity } from '../quantity';
import { countDelivered } from '../totals/count';
import type { Copy } from './copies';
import type { Delivered, DeliveryContext } from './delivered';
import { type DeliveredMarks, marksOf } from './marks';
import { isTaken, type RecordOutcome, recordOutcome, type SentQuantity } from './outcome';
import type { SentRecord } from './records-of';
import { singleOf } from './shared-steps';

/** What is settled with one token. */
interface Settling {
  token: string;
  sent: SentQuantity[];
  outcomes: EventOutcome[];
}

/** Settles what became of the records of a message. When the send was interrupted, only what billing has judged for good: the
 *  rest stays open and comes again at the next start, not after a wait. */
export async function settleDelivered(delivered: Delivered, context: DeliveryContext, copy: Copy): Promise<void> {
  const { store, clock, token, carries } = context;
  const marks = marksOf(context);
  const settlings = token === null ? [] : settlingsOf(delivered, token, context, copy);
  if (marks === null && settlings.length > 0 && settlings.every(each => singleOf(each.token))) {
    await Promise.all(settlings.map(each => settleSingle(each, context)));
    return;
  }
  if (settlings.length > 1) {
    await settleSeveral(settlings, delivered, marks, context);
    return;
  }
  const isRest = carries === 'batch' && token !== null && delivered.failure?.code !== 'ABORTED';
  await store.transaction(async tx => {
    await marks?.conclude(tx, delivered.sent, clock.now());
    await countTaken(tx, delivered.sent, context);
    for (const each of settlings) await settle(store, clock, each.token, each.outcomes, tx);
    if (isRest) await settle(store, clock, token, { result: 'delivered' }, tx);
  });
}

/** Quantities of several deliveries, which a flow put together: an unknown one must not hold up the others. */
async function settleSeveral(
  settlings: readonly Settling[],
  { sent }: Delivered,
  marks: DeliveredMarks | null,
  context: DeliveryContext,
): Promise<void> {
  const { store, clock } = context;
  // Counted apart from the settling: an unknown delivery does not come again to be counted then.
  await store.transaction(async tx => {
    await marks?.conclude(tx, sent, clock.now());
    await countTaken(tx, sent, context);
  });
  const failures: unknown[] = [];
  for (const { token, outcomes } of settlings) {
    await settle(store, clock, token, outcomes).catch(error => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** Together with other messages of one record each, in one transaction. */
async function settleSingle({ token, outcomes, sent }: Settling, { shared, rebuild }: DeliveryContext): Promise<void> {
  const single = singleOf(token);
  if (single) await shared.settleSingle({ batch: single.batch, outcomes, taken: takenOf(sent), rebuild });
}

const countTaken = (tx: Tx, sent: readonly SentQuantity[], { scope, days, rebuild, clock }: DeliveryContext) =>
  countDelivered(tx, takenOf(sent), { scope, days, rebuild, now: clock.now() });

const takenOf = (sent: readonly SentQuantity[]): Quantity[] => sent.filter(isTaken).map(({ quantity }) => quantity);

/** What is to be settled, by token; tokens without an outcome are left out. */
function settlingsOf(delivered: Delivered, token: string, context: DeliveryContext, copy: Copy): Settling[] {
  const { carries } = context;
  const isAborted = delivered.failure?.code === 'ABORTED';
  const all = new Map<string, Settling>([[token, { token, sent: [], outcomes: withoutQuantity(context) }]]);
  for (const record of delivered.records) {
    const by = record.token ?? token;
    const settling = all.get(by) ?? { token: by, sent: [], outcomes: [] };
    all.set(by, settling);
    settling.sent.push(...record.sent);
    for (const outcome of outcomesOf(record, context, copy)) {
      // What billing took of a whole delivery is settled with the rest of it.
      const isLeft = isAborted ? outcome.result === 'retry' : carries === 'batch' && isGood(outcome);
      if (!isLeft) settling.outcomes.push(outcome);
    }
  }
  return [...all.values()].filter(({ outcomes }) => outcomes.length > 0);
}

/** Nothing of it is left to send. */
const isGood = ({ result }: Pick<EventOutcome, 'result'>): boolean => result === 'delivered' || result === 'duplicate';

/** Records without any quantity: nothing of them is to be billed, so they are delivered. */
function withoutQuantity({ without, scope, copies }: DeliveryContext): EventOutcome[] {
  return without.map(eventId => wholeRecord(eventId, { result: 'delivered' }, { by: scope.target, copies }));
}

/** One outcome for a record whose quantities are all here and that nobody else has; else one for each of them. */
function outcomesOf(record: SentRecord, { scope, copies, attempt, carries }: DeliveryContext, copy: Copy) {
  const { recordId: eventId, outcome, sent, of, has } = record;
  if (carries === 'batch') return [{ ...outcome, eventId }];
  const counts = copies === 1 && copy.isAlone ? null : sent.map(({ quantity }) => copy.count(quantity, copies));
  if (has === of && (!counts || counts.every(count => count === 1))) return [reopening(outcome, eventId)];
  return sent.map((one, index): EventOutcome => {
    const part: PartOf = { key: one.quantity.key, of, by: scope.target, copies: counts?.[index] ?? copies };
    return { ...reopening(recordOutcome([one], attempt), eventId), part };
  });
}

/** What billing lacks comes again, even where another copy was settled first. Written out, because this runs for every record. */
function reopening(outcome: RecordOutcome, eventId: number): EventOutcome {
  const { result } = outcome;
  return result === 'delivered' || result === 'duplicate'
    ? { result, eventId }
    : { ...outcome, eventId, reopens: true };
}
