/** Usage records as WAP has them, run after run in one feed: with gaps, odd values, duplicates of their provider, and ids
 *  that show late. */
import { UsageFeed } from '../../../simulator/wap/usage/feed';
import type { SeedUsageRecord } from '../../../simulator/wap/usage/options';

export interface Portion {
  records: SeedUsageRecord[];
  firstId: number;
  lastId: number;
  /** When the last of them shows, ms UTC. */
  completeAt: number;
}

export const subscriptions = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'];

/** Ids that show late lie so near to the end that reading looks there again. */
const lateIds = 600;

/** `after` is the last id so far. `lateMs`: some of the last records show only so much later. */
export function portion(
  after: number,
  { count, seed, lateMs = 0 }: { count: number; seed: number; lateMs?: number },
): Portion {
  const now = Date.now();
  const feed = new UsageFeed({ now: () => now, retentionMs: Number.MAX_SAFE_INTEGER });
  feed.plan({ count, seed, oddShare: 0.01, duplicateShare: 0.01, hours: 48 }, subscriptions);
  const made = [...feed.expected({})];
  const lastId = after + (made.at(-1)?.EventId ?? 0);
  const seen = new Set<string | null>();
  const records = made.map((record, index): SeedUsageRecord => {
    const EventId = after + record.EventId;
    const isRepeated = seen.has(record.ExternalRecordId) || isAgain(made, record.ExternalRecordId, index);
    seen.add(record.ExternalRecordId);
    // Which one of a duplicate is billed depends on which shows first: those are never late.
    const isLate = lateMs > 0 && !isRepeated && index % 5 === 2 && EventId > lastId - lateIds && EventId < lastId;
    return {
      ...record,
      EventId,
      ExternalRecordId: `${after}-${record.ExternalRecordId}`,
      availableAt: isLate ? now + lateMs : now,
    };
  });
  return { records, firstId: after + 1, lastId, completeAt: now + lateMs };
}

function isAgain(records: Array<{ ExternalRecordId: string | null }>, id: string | null, from: number): boolean {
  return records.slice(from + 1, from + 60).some(({ ExternalRecordId }) => ExternalRecordId === id);
}
