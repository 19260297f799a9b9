import { inChunks } from '../../async/in-chunks';
import type { UsageSink } from '../../billing/usage-port';
import type { Store, Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { concludeSent, findSent, forgetSent, intendSent, pruneSent } from '../../state/tables/usage-sent';
import type { Quantity } from '../quantity';
import { isTaken, type QuantityOutcome, type SentQuantity } from './outcome';

/** Twice as long as WAP can show a record again. */
const keepMs = 90 * 86_400_000;
/** Marks forgotten in one transaction. */
const pruneAtOnce = 1000;

/** The marks of a billing system; null where it knows a key for ever and needs none. */
export function marksOf({ sink, scope }: { sink: UsageSink; scope: MappingScope }): DeliveredMarks | null {
  const { dedupeWindowMs } = sink.limits;
  return dedupeWindowMs === null ? null : new DeliveredMarks(`${scope.installation}/${scope.target}`, dedupeWindowMs);
}

/** What was delivered, for a billing system that knows a key only for a time. */
export class DeliveredMarks {
  readonly #target: string;
  readonly #windowMs: number;

  /** `windowMs`: how long billing knows a key. */
  constructor(target: string, windowMs: number) {
    this.#target = target;
    this.#windowMs = windowMs;
  }

  /** Notes what is about to be sent. Answers what must not be sent: what billing has, and what it may have but would not
   *  recognise any more. */
  intend(store: Store, quantities: readonly Quantity[], now: number): Promise<Map<string, QuantityOutcome>> {
    return store.transaction(async tx => {
      const stopped = new Map<string, QuantityOutcome>();
      await inChunks(quantities, async some => {
        for (const { key } of some) {
          const mark = await findSent(tx, this.#target, key);
          if (mark?.state === 'sent') stopped.set(key, { outcome: 'duplicate' });
          else if (mark && now - mark.at >= this.#windowMs) stopped.set(key, { outcome: 'rejected', reason: unsure });
          else if (!mark) await intendSent(tx, this.#target, key, now);
        }
      });
      return stopped;
    });
  }

  /** Notes what became of it; belongs into the transaction that settles the records. */
  async conclude(tx: Tx, sent: readonly SentQuantity[], now: number): Promise<void> {
    await inChunks(sent, async some => {
      for (const one of some) {
        const { quantity, outcome } = one;
        if (isTaken(one)) await concludeSent(tx, this.#target, quantity.key, now);
        else if (outcome.outcome === 'rejected' && outcome.reason !== unsure)
          await forgetSent(tx, this.#target, quantity.key);
      }
    });
    await pruneSent(tx, this.#target, now - keepMs, pruneAtOnce);
  }
}

/** A guess would bill twice or not at all, so a person decides. Marked `sending` still: a later try must not be made either. */
const unsure =
  'An earlier try may have reached billing, which no longer knows the key: look there before you send it again.';
