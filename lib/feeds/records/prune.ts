import type { Store, Tx } from '../../state/port';
import type { ConsumerKey } from '../../state/tables/cursor';
import { pruneParts } from '../../state/tables/delivery-part';
import { pruneQuarantine } from '../../state/tables/quarantine';
import { pruneDigests } from '../../state/tables/usage-digest';
import { hasExceptions, pruneExceptions } from '../../state/tables/usage-exception';
import { dropPage, settledPages } from '../../state/tables/usage-page';
import { dropSettledSingles, dropSlicesOf } from '../../state/tables/usage-slice';
import { dropReplay, endedReplays, forgetRecords, type UsageStream } from '../../state/tables/usage-stream';
import type { DuplicateIndex } from './duplicates';
import type { RecordOptions } from './options';

/** Forgets settled pages that are old or too many; never one that is open, and none that is still read again. */
export async function pruneRecords(
  tx: Tx,
  stream: UsageStream,
  index: DuplicateIndex,
  options: RecordOptions,
  now: number,
): Promise<void> {
  const upTo = stream.fetched - options.overlap;
  let kept = 0;
  for (const page of await settledPages(tx, stream.id, upTo)) {
    kept += page.total;
    if (kept <= options.keepRecords && page.settledAt >= now - options.keepMs) continue;
    await dropPage(tx, stream.id, page.firstId);
    await dropSlicesOf(tx, stream.id, page.firstId);
    // Told in the same transaction: ids without a row would otherwise look new when they are read again.
    await forgetRecords(tx, stream.id, page.lastId);
  }
  await dropSettledSingles(tx, stream.id, now - options.keepDeadMs);
  await pruneParts(tx, now - options.keepDeadMs);
  await pruneExceptions(tx, stream.id, now - options.keepDeadMs, upTo);
  await pruneQuarantine(tx, stream.installation, now - options.keepDeadMs);
  const keepPages = Math.ceil(options.keepPrints / options.pageSize);
  await index.prune(tx, now - options.keepPrintsMs, keepPages);
}

/** Forgets what replays left that ended as long ago as settled pages are kept, and the replay itself when its dead letters
 *  are old enough too. Answers the names of those. */
export async function forgetReplays(
  store: Store,
  key: ConsumerKey,
  options: RecordOptions,
  now: number,
): Promise<string[]> {
  const all = Number.MAX_SAFE_INTEGER;
  return store.transaction(async tx => {
    const forgotten: string[] = [];
    for (const { id: stream, run } of await endedReplays(tx, key, now - options.keepMs)) {
      for (const { firstId } of await settledPages(tx, stream, all)) {
        await dropPage(tx, stream, firstId);
        await dropSlicesOf(tx, stream, firstId);
      }
      await dropSettledSingles(tx, stream, all);
      await pruneDigests(tx, stream, all, 0);
      await pruneExceptions(tx, stream, now - options.keepDeadMs, all);
      if (await hasExceptions(tx, stream)) continue;
      await dropReplay(tx, stream);
      forgotten.push(run);
    }
    return forgotten;
  });
}
