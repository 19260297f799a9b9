import { inChunks } from '../../async/in-chunks';
import { type RecordOutcome, recordOutcome, type SentQuantity } from './outcome';

/** What became of the quantities that a message has of one record. */
export interface SentRecord {
  recordId: number;
  /** What acknowledges it; null: nothing does. */
  token: string | null;
  sent: SentQuantity[];
  /** The worst of them. */
  outcome: RecordOutcome;
  /** How many quantities the record has in all, and how many of them are in this message. */
  of: number;
  has: number;
}

/** Quantities by what acknowledges them, and by their records. */
export async function recordsOf(
  sent: readonly SentQuantity[],
  { token, attempt }: { token: string | null; attempt: number },
): Promise<SentRecord[]> {
  const deliveries = new Map<string | null, Map<number, SentQuantity[]>>();
  await inChunks(sent, some => {
    for (const one of some) {
      // Without a token of the message nothing is acknowledged, whatever a quantity says.
      const by = token === null ? null : (one.quantity.token ?? token);
      const records = deliveries.get(by) ?? new Map<number, SentQuantity[]>();
      if (records.size === 0) deliveries.set(by, records);
      const others = records.get(one.quantity.recordId);
      if (others) others.push(one);
      else records.set(one.quantity.recordId, [one]);
    }
  });
  const found: SentRecord[] = [];
  for (const [by, records] of deliveries) {
    await inChunks([...records], some => {
      for (const [recordId, of] of some) found.push(toRecord(recordId, by, of, attempt));
    });
  }
  return found;
}

/** A key that comes twice in one message counts once: it is one quantity of the record. */
function toRecord(recordId: number, token: string | null, sent: SentQuantity[], attempt: number): SentRecord {
  const has = sent.length === 1 ? 1 : new Set(sent.map(({ quantity }) => quantity.key)).size;
  const of = Math.max(has, sent[0]?.quantity.recordQuantities ?? has);
  return { recordId, token, sent, outcome: recordOutcome(sent, attempt), of, has };
}
