import { type EventOutcome, type PartOf, wholeRecord } from '../../feeds/outcome';
import { settle } from '../../feeds/settle/settle';
import type { Tx } from '../../state/port';
import type { Quantity } from '../quantity';
import { countDelivered } from '../totals/count';
import type { Copy } from './copies';
import type { Delivered, DeliveryContext } from './deliver';
import { type DeliveredMarks, marksOf } from './marks';
import type { JudgedRecord } from './records-of';
import { singleOf } from './shared-steps';
import { type Judged, type RecordVerdict, verdictOf } from './verdict';

/** What is settled with one token, and what its message says became of the quantities. */
interface Settling {
  token: string;
  judged: Judged[];
  outcomes: EventOutcome[];
}

/** Settles what became of the records of a message. After an interruption only what billing has judged for good: the rest stays
 *  open and comes again at the next start, not after a wait. */
export async function settleDelivered(delivered: Delivered, context: DeliveryContext, copy: Copy): Promise<void> {
  const { store, clock, token, carries } = context;
  const marks = marksOf(context);
  const settlings = token === null ? [] : settlingsOf(delivered, token, context, copy);
  if (marks === null && settlings.length > 0 && settlings.every(each => singleOf(each.token))) {
    await Promise.all(settlings.map(each => settleSingle(each, context)));
    return;
  }
  const isRest = carries === 'batch' && token !== null && delivered.failure?.code !== 'ABORTED';
  if (settlings.length <= 1) {
    await store.transaction(async tx => {
      await marks?.conclude(tx, delivered.judged, clock.now());
      await countJudged(tx, delivered.judged, context);
      for (const each of settlings) await settle(store, clock, each.token, each.outcomes, tx);
      if (isRest) await settle(store, clock, token, { result: 'delivered' }, tx);
    });
    return;
  }
  await settleSeveral(settlings, delivered, marks, context);
}

/** Quantities of several deliveries, which a flow put together: one that is not known holds up no other. */
async function settleSeveral(
  settlings: readonly Settling[],
  { judged }: Delivered,
  marks: DeliveredMarks | null,
  context: DeliveryContext,
): Promise<void> {
  const { store, clock } = context;
  // A delivery that is not known does not come again to be counted.
  await store.transaction(async tx => {
    await marks?.conclude(tx, judged, clock.now());
    await countJudged(tx, judged, context);
  });
  const failures: unknown[] = [];
  for (const { token, outcomes } of settlings) {
    await settle(store, clock, token, outcomes).catch(error => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function settleSingle(
  { token, outcomes, judged }: Settling,
  { shared, rebuild }: DeliveryContext,
): Promise<void> {
  const single = singleOf(token);
  if (single) await shared.settleSingle({ batch: single.batch, outcomes, taken: takenOf(judged), rebuild });
}

const countJudged = (tx: Tx, judged: readonly Judged[], { scope, days, rebuild, clock }: DeliveryContext) =>
  countDelivered(tx, takenOf(judged), { scope, days, rebuild, now: clock.now() });

/** What billing has. */
const takenOf = (judged: readonly Judged[]): Quantity[] =>
  judged
    .filter(({ outcome: { outcome } }) => outcome === 'delivered' || outcome === 'duplicate')
    .map(({ quantity }) => quantity);

function settlingsOf(delivered: Delivered, token: string, context: DeliveryContext, copy: Copy): Settling[] {
  const { carries } = context;
  const isAborted = delivered.failure?.code === 'ABORTED';
  // With a whole delivery what billing took is settled with the rest of it.
  const all = new Map<string, Settling>([[token, { token, judged: [], outcomes: withoutQuantity(context) }]]);
  for (const record of delivered.records) {
    const by = record.token ?? token;
    const settling = all.get(by) ?? { token: by, judged: [], outcomes: [] };
    all.set(by, settling);
    settling.judged.push(...record.judged);
    for (const outcome of outcomesOf(record, context, copy)) {
      const isLeft = isAborted ? outcome.result === 'retry' : carries === 'batch' && isTaken(outcome);
      if (!isLeft) settling.outcomes.push(outcome);
    }
  }
  return [...all.values()].filter(({ outcomes }) => outcomes.length > 0);
}

const isTaken = ({ result }: EventOutcome): boolean => result === 'delivered' || result === 'duplicate';

function withoutQuantity({ without, scope, copies }: DeliveryContext): EventOutcome[] {
  return without.map(eventId => wholeRecord(eventId, { result: 'delivered' }, { by: scope.target, copies }));
}

/** One outcome for a record whose quantities are all here and that nobody else has; else one for each of them. */
function outcomesOf(record: JudgedRecord, { scope, copies, attempt, carries }: DeliveryContext, copy: Copy) {
  const { recordId: eventId, verdict, judged, of, has } = record;
  if (carries === 'batch') return [{ ...verdict, eventId }];
  const counts = copies === 1 && copy.isAlone ? null : judged.map(({ quantity }) => copy.count(quantity, copies));
  if (has === of && (!counts || counts.every(count => count === 1))) return [reopening(verdict, eventId)];
  return judged.map((one, index): EventOutcome => {
    const part: PartOf = { key: one.quantity.key, of, by: scope.target, copies: counts?.[index] ?? copies };
    return { ...reopening(verdictOf([one], attempt), eventId), part };
  });
}

/** What billing lacks comes again, even where another copy was settled first. Written out: this runs for every record. */
function reopening(verdict: RecordVerdict, eventId: number): EventOutcome {
  const { result } = verdict;
  return result === 'delivered' || result === 'duplicate'
    ? { result, eventId }
    : { ...verdict, eventId, reopens: true };
}
