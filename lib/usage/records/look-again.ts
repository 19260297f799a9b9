import type { Tx } from '../../state/port';
import type { UsageStream } from '../../state/usage-stream';
import { recordPage } from '../../wap/read-record';
import type { UsageRecord } from '../../wap/types';
import type { DuplicateIndex } from './duplicates';
import { onlyLate } from './examine';
import { type GapsToAsk, lateIn, postponeGaps } from './gaps';
import type { RecordFeedSettings, RecordOptions } from './options';
import type { RecordPollResult } from './poll-result';
import { storeExamined } from './store-page';

/** Asks WAP for stretches of which some ids are missing, and stores what has come of them by now. What is known is not
 *  looked at again. */
export async function lookAgain(
  { store, usage, clock, options }: RecordFeedSettings & { options: RecordOptions },
  stream: UsageStream,
  index: DuplicateIndex,
  { gaps, startId, batchSize }: GapsToAsk,
  signal?: AbortSignal,
): Promise<RecordPollResult> {
  let records: readonly UsageRecord[];
  try {
    ({ records } = await usage.records(startId, batchSize, signal ? { signal } : {}));
  } catch (error) {
    if (signal?.aborted) throw error;
    return { fetched: 0, alarms: [], failures: [{ feed: null, error }], stopped: null };
  }
  const now = clock.now();
  const after = (tx: Tx) => postponeGaps(tx, stream.id, gaps, { overlapMs: options.overlapMs, now });
  const { late, below } = lateIn(
    gaps,
    records.map(({ EventId: id }) => id),
  );
  if (late.size === 0) {
    await store.transaction(after);
    return { fetched: 0, alarms: [], failures: [], stopped: 'pages' };
  }
  const found = onlyLate(recordPage(records.filter(({ EventId: id }) => late.has(id))), below);
  const stored = await storeExamined(store, stream, index, found, { marked: new Set(), holeIds: 0, now, after });
  return { fetched: stored.fresh, alarms: stored.alarms, failures: [], stopped: 'pages' };
}
