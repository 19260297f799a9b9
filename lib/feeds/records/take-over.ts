import { AdapterError } from '../../errors';
import {
  addStream,
  findStream,
  type StreamKey,
  takeStream,
  type UsageStream,
  usageReplays,
} from '../../state/tables/usage-stream';
import { newReplayName } from '../loop/replays';
import { firstFreeId, firstIdFrom } from './find-record';
import type { RecordFeedSettings, RecordStart } from './options';
import { freeSlices } from './take';

/** Takes a stream over from an earlier start, whose open batches come again at once and which can no longer write. A stream
 *  that was never read begins at `start`.
 *  @throws WAP_… when its beginning has to be looked up and WAP does not answer; STATE_… */
export async function takeOver(
  { store, usage, clock }: Pick<RecordFeedSettings, 'store' | 'usage' | 'clock'>,
  key: StreamKey,
  { start, toId }: { start: RecordStart; toId: number | null },
  signal?: AbortSignal,
): Promise<UsageStream> {
  if (!(await store.transaction(tx => findStream(tx, key)))) {
    const position = (await firstIdOf(start, usage, signal)) - 1;
    await store.transaction(tx => addStream(tx, key, { position, toId, salt: newSalt(), now: clock.now() }));
  }
  const stream = await store.transaction(async tx => {
    const found = await findStream(tx, key);
    if (!found) return null;
    await freeSlices(tx, found.id, Number.MAX_SAFE_INTEGER, clock.now());
    return takeStream(tx, found.id);
  });
  if (stream) return stream;
  throw new AdapterError('STATE_UNAVAILABLE', 'The cursor of the usage records could not be written.');
}

/** Writes a replay down, ids included; whoever asks for the replays finds it from then on. `rebuilds`: it counts totals from
 *  nothing. Answers its name. */
export async function beginReplay(
  { store, installation, reader: consumer, clock }: Omit<RecordFeedSettings, 'usage'>,
  { fromId, toId, rebuilds }: { fromId: number; toId: number | null; rebuilds: boolean },
): Promise<string> {
  return store.transaction(async tx => {
    const run = newReplayName(clock.now(), await usageReplays(tx, { installation, consumer }));
    const rebuildsFrom = rebuilds ? fromId : null;
    const at = { position: fromId - 1, toId, salt: newSalt(), now: clock.now(), rebuildsFrom };
    await addStream(tx, { installation, consumer, run }, at);
    return run;
  });
}

/** Not a secret of weight: it only keeps providers from choosing names with equal fingerprints. */
const newSalt = (): number => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);

/** The id at which a stream begins that was never read. */
async function firstIdOf(
  start: RecordStart,
  usage: RecordFeedSettings['usage'],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (start === 'beginning') return 0;
  if (start === 'now') return firstFreeId(usage, signal);
  return 'id' in start ? start.id : firstIdFrom(usage, start.time, signal);
}
