import { dropGaps } from '../../state/tables/usage-gap';
import { beginStreamAt, streamById, type UsageStream } from '../../state/tables/usage-stream';
import { countAnew, type NewBeginning } from '../begin-anew';
import { takenOver } from '../sole-reader';
import { refreshDelivered } from './delivered';
import type { RecordFeedSettings } from './options';

/** Makes a reader read its records anew from an id of WAP on. What is open stays open; ids that were missing before are no
 *  longer asked for, because a restored WAP gives them to other records.
 *  @throws STATE_READER when another start has taken over; INPUT_INVALID for an id that is too high */
export async function beginRecordsAnew(
  { store, clock, installation, reader: consumer }: Omit<RecordFeedSettings, 'usage'>,
  stream: UsageStream,
  fromId: number,
): Promise<NewBeginning> {
  return store.transaction(async tx => {
    const at = { fromId, fetched: stream.fetched, now: clock.now() };
    const begun = await countAnew(tx, { installation, consumer }, 'usage', at);
    if (!(await beginStreamAt(tx, stream, begun.countedFrom - 1))) throw takenOver('usage', stream);
    await dropGaps(tx, stream.id);
    const moved = await streamById(tx, stream.id);
    if (moved) await refreshDelivered(tx, moved);
    return begun;
  });
}
