import type { RecordReader } from '../../../lib/feeds/records/reader';
import { done } from './events/feed-desk';

/** Brings records 1 to 5 of a replay that has begun to its end; the second is a dead letter. */
export async function replayWithDeadLetter(reader: RecordReader): Promise<void> {
  await reader.poll();
  const batch = await reader.next();
  await reader.settle(batch?.token ?? '', [
    { eventId: 2, result: 'dead', reason: 'no such meter' },
    ...[1, 3, 4, 5].map(eventId => ({ eventId, ...done })),
  ]);
  await reader.poll();
  await reader.status();
}
