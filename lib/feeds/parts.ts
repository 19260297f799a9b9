import type { Tx } from '../state/port';
import { type DeliveryPart, dropParts, partsOf, putPart } from '../state/tables/delivery-part';
import { type EventOutcome, type Outcome, type PartOf, reasonOf } from './outcome';

/** Notes outcomes of parts, and answers the outcomes of whole records: those given as such, and those whose last part has
 *  come. Notes belong to one token: when the batch comes again under another, so does every part. */
export async function gatherParts(
  tx: Tx,
  token: string,
  outcomes: readonly EventOutcome[],
  now: number,
): Promise<readonly EventOutcome[]> {
  if (!outcomes.some(({ part }) => part)) return outcomes;
  const whole: EventOutcome[] = [];
  const touched = new Map<string, EventOutcome>();
  for (const outcome of outcomes) {
    const { part, eventId, feed = '' } = outcome;
    if (!part) {
      whole.push(outcome);
      continue;
    }
    await putPart(tx, { token, feed, eventId }, rowOf(part, outcome), now);
    const key = `${feed}/${eventId}`;
    if (!touched.has(key) || outcome.reopens) touched.set(key, outcome);
  }
  for (const { eventId, feed, reopens } of touched.values()) {
    const key = { token, feed: feed ?? '', eventId };
    const rows = await partsOf(tx, key);
    if (!isComplete(rows)) continue;
    await dropParts(tx, key);
    whole.push({
      ...worstOf(rows),
      eventId,
      ...(feed === undefined ? {} : { feed }),
      ...(reopens === undefined ? {} : { reopens }),
    });
  }
  return whole;
}

function rowOf({ key: part, of: parts, by: party, copies }: PartOf, outcome: Outcome): DeliveryPart {
  const afterMs = outcome.result === 'retry' ? outcome.afterMs : 0;
  return { part, party, parts, copies, result: outcome.result, afterMs, reason: reasonOf(outcome) };
}

/** Every part counts as much as the record has parts, once all copies of it are there. */
export function isComplete(rows: ReadonlyArray<Pick<DeliveryPart, 'part' | 'parts' | 'copies'>>): boolean {
  const parts = new Map<string, { parties: number; copies: number; parts: number }>();
  for (const { part, parts: of, copies } of rows) {
    const known = parts.get(part) ?? { parties: 0, copies: 1, parts: 1 };
    parts.set(part, {
      parties: known.parties + 1,
      copies: Math.max(known.copies, copies),
      parts: Math.max(known.parts, of),
    });
  }
  let share = 0;
  for (const { parties, copies, parts: of } of parts.values()) share += Math.min(1, parties / copies) / of;
  return share > 1 - 1e-6;
}

/** In this order, the first that any part has is the record's. */
const urgency = ['retry', 'waiting', 'dead', 'delivered', 'duplicate'] as const;

/** A record gets the worst outcome of its parts. What is not final comes first, so that a record is set aside only when
 *  nothing of it is left to send. */
function worstOf(rows: readonly DeliveryPart[]): Outcome {
  const result = urgency.find(word => rows.some(row => row.result === word)) ?? 'delivered';
  const reason = rows.find(row => row.result === result)?.reason ?? '';
  switch (result) {
    case 'retry':
      return { result, afterMs: Math.max(...rows.map(row => row.afterMs)) };
    case 'waiting':
    case 'dead':
      return { result, reason };
    default:
      return { result };
  }
}
