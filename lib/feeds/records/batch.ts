import type { Rebuild } from '../../state/tables/usage-rebuild';
import type { UsageRecord } from '../../wap/types';
import type { Taken } from './take';

/** That a replay counts totals from nothing: of which records; `toId` null: it ends at what WAP has. */
export type RebuildMark = Omit<Rebuild, 'toId'> & { toId: number | null };

/** Usage records that are emitted together and acknowledged with one token, in id order. */
export interface RecordBatch {
  token: string;
  feed: 'usage';
  firstId: number;
  lastId: number;
  count: number;
  /** Which time they are emitted, from 1; the highest of them. */
  attempt: number;
  /** What billing recognises a repeat by is this and the EventId: installation + feed. */
  keyPrefix: string;
  /** Which replay it belongs to; null: none. */
  replay: string | null;
  /** How that counts totals from nothing, if it does. */
  rebuild: RebuildMark | null;
  records: UsageRecord[];
}

/** A batch of what was taken, with its records. */
export function toBatch(
  { token, attempt }: Taken,
  records: UsageRecord[],
  { installation, replay, rebuild }: { installation: string; replay: string | null; rebuild: RebuildMark | null },
): RecordBatch {
  const [firstId, lastId] = [records[0]?.EventId ?? -1, records.at(-1)?.EventId ?? -1];
  const plain = { token, feed: 'usage' as const, firstId, lastId, count: records.length, attempt, records };
  return { ...plain, keyPrefix: `${installation}/usage/`, replay, rebuild };
}
