import { inChunks } from '../../async/in-chunks';
import { type Judged, type RecordVerdict, verdictOf } from './verdict';

/** What became of the quantities that a message has of one record. */
export interface JudgedRecord {
  recordId: number;
  /** What acknowledges it; null: nothing does. */
  token: string | null;
  judged: Judged[];
  /** The worst of them. */
  verdict: RecordVerdict;
  /** So many quantities the record has; in this message it has `has`. */
  of: number;
  has: number;
}

/** Quantities by their records, and those by what acknowledges them. */
export async function recordsOf(
  judged: readonly Judged[],
  { token, attempt }: { token: string | null; attempt: number },
): Promise<JudgedRecord[]> {
  const deliveries = new Map<string | null, Map<number, Judged[]>>();
  await inChunks(judged, some => {
    for (const one of some) {
      // Without a token of its own nothing is acknowledged, whatever a quantity says.
      const by = token === null ? null : (one.quantity.token ?? token);
      const records = deliveries.get(by) ?? new Map<number, Judged[]>();
      if (records.size === 0) deliveries.set(by, records);
      const others = records.get(one.quantity.recordId);
      if (others) others.push(one);
      else records.set(one.quantity.recordId, [one]);
    }
  });
  const found: JudgedRecord[] = [];
  for (const [by, records] of deliveries) {
    await inChunks([...records], some => {
      for (const [recordId, of] of some) found.push(toRecord(recordId, by, of, attempt));
    });
  }
  return found;
}

function toRecord(recordId: number, token: string | null, judged: Judged[], attempt: number): JudgedRecord {
  const has = judged.length === 1 ? 1 : new Set(judged.map(({ quantity }) => quantity.key)).size;
  const of = Math.max(has, judged[0]?.quantity.recordQuantities ?? has);
  return { recordId, token, judged, verdict: verdictOf(judged, attempt), of, has };
}
