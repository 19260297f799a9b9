import type { Tx } from '../../state/port';
import { pruneExceptions } from '../../state/usage-exception';
import { dropPage, settledPages } from '../../state/usage-page';
import { dropSettledSingles, dropSlicesOf } from '../../state/usage-slice';
import { forgetRecords, type UsageStream } from '../../state/usage-stream';
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
    await forgetRecords(tx, stream.id, page.lastId);
  }
  await dropSettledSingles(tx, stream.id, now - options.keepDeadMs);
  await pruneExceptions(tx, stream.id, now - options.keepDeadMs, upTo);
  const keepPages = Math.ceil(options.keepPrints / options.pageSize);
  await index.prune(tx, now - options.keepPrintsMs, keepPages);
}
