import type { Store } from '../../state/port';
import { pruneBatches } from '../../state/tables/batch';
import { type ConsumerKey, dropCursors } from '../../state/tables/cursor';
import { hasDeliveries } from '../../state/tables/delivery-status';
import { dropEventReplay, oldEventReplays } from '../../state/tables/event-replay';
import { dropAllMarks } from '../../state/tables/feed-mark';
import { type PruneLimits, prune } from './prune';

/** A replay reads under a name of its own, so that it has cursors and outcomes of its own. */
export function replayKey({ installation, consumer }: ConsumerKey, run: string): ConsumerKey {
  return { installation, consumer: `${consumer}/${run}` };
}

/** Forgets settled events of replays that ended `keepMs` ago, and a replay itself when nothing is left of it; answers the
 *  names of those. A bounded piece of the work each time. */
export async function forgetReplays(
  store: Store,
  key: ConsumerKey,
  limits: PruneLimits,
  now: number,
): Promise<string[]> {
  const forgotten: string[] = [];
  for (const run of await store.transaction(tx => oldEventReplays(tx, key, now - limits.keepMs))) {
    const own = replayKey(key, run);
    await prune(store, own, { ...limits, overlap: 0, overlapMs: 0 }, now); // nothing of it is read again
    await store.transaction(async tx => {
      if (await hasDeliveries(tx, own)) return;
      await pruneBatches(tx, own, Number.MAX_SAFE_INTEGER);
      await dropCursors(tx, own);
      await dropAllMarks(tx, own);
      await dropEventReplay(tx, key, run);
      forgotten.push(run);
    });
  }
  return forgotten;
}
