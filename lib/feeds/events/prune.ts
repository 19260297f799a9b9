import type { Store } from '../../state/port';
import { pruneBatches } from '../../state/tables/batch';
import { type ConsumerKey, forgetUpTo, selectCursors } from '../../state/tables/cursor';
import { pruneParts } from '../../state/tables/delivery-part';
import { dropDelivery, selectSettled, settledCount } from '../../state/tables/delivery-status';
import { dropEvent } from '../../state/tables/inbox';
import { pruneQuarantine } from '../../state/tables/quarantine';
import { pruneFacts } from '../../state/tables/tenant-facts';
import { pruneTenantNames } from '../../state/tables/tenant-name';
import { type AgainLimits, againFrom } from './again';

/** What may be forgotten. What is read again must be remembered, hence the limits of reading again. */
export interface PruneLimits extends AgainLimits {
  /** How long settled events are kept, ms. */
  keepMs: number;
  /** Settled events kept at most, a feed. */
  keepRows: number;
  /** How long dead letters are kept, ms; also what is in quarantine or known of a deleted subscription, once nothing of it is
   *  left. */
  keepDeadMs: number;
}

/** Rows a transaction; the next turn goes on where this one ends. */
const atOnce = 1000;

/** Forgets settled events that are old or too many; never one that is open, and none that is still read again, which would
 *  then look new. A bounded piece of the work each time. */
export async function prune(store: Store, key: ConsumerKey, limits: PruneLimits, now: number): Promise<void> {
  await store.transaction(async tx => {
    for (const cursor of await selectCursors(tx, key)) {
      const { feed } = cursor;
      const of = { feed, upTo: (await againFrom(tx, key, cursor, limits, now)) - 1, limit: atOnce };
      const excess = (await settledCount(tx, key, feed)) - limits.keepRows;
      const settled = await selectSettled(tx, key, of, 'not dead');
      const dead = await selectSettled(tx, key, of, 'dead');
      const old = [
        ...settled.filter((row, index) => index < excess || row.settledAt < now - limits.keepMs),
        ...dead.filter(row => row.settledAt < now - limits.keepDeadMs),
      ];
      for (const { eventId } of old) {
        await dropDelivery(tx, { ...key, feed, eventId });
        await dropEvent(tx, key.installation, feed, eventId);
      }
      if (old.length > 0) await forgetUpTo(tx, key, feed, Math.max(...old.map(row => row.eventId)));
    }
    const cutoff = now - limits.keepDeadMs;
    await pruneBatches(tx, key, cutoff);
    await pruneQuarantine(tx, key.installation, cutoff);
    await pruneParts(tx, cutoff);
    await pruneFacts(tx, key.installation, cutoff);
    await pruneTenantNames(tx, key.installation, cutoff);
  });
}
