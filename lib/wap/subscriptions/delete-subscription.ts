import type { Clock } from '../../async/clock';
import { pause } from '../../async/pause';
import { AdapterError } from '../../errors';
import type { CallOptions } from '../client/admin';
import type { Subscription } from '../types';
import type { WapSubscriptions } from './subscriptions';

/** What the guards allow, and how long to wait. */
export interface DeleteSubscriptionOptions extends CallOptions {
  /** Deletes without waiting for WAP's services; resources may be left behind. */
  force: boolean;
  /** Also when it has add-ons. */
  allowAddOns: boolean;
  /** ms UTC: until when to wait for it to be gone. */
  deadlineAt: number;
  intervalMs: number;
}

export interface DeletedSubscription {
  /** `late`: WAP was asked but still showed it at the deadline. */
  outcome: 'gone' | 'absent' | 'late';
  /** As last read; null when WAP did not know it. */
  subscription: Subscription | null;
}

/** Asks WAP to delete a subscription and waits until it is gone or the deadline passes; WAP carries on after that. Safe to
 *  repeat.
 *  @throws WAP_REFUSED when it has add-ons: they are charged for and would be deleted with it
 *  Source: dn448661 (202: the deletion is asynchronous). */
export async function deleteSubscription(
  subscriptions: WapSubscriptions,
  clock: Clock,
  id: string,
  { force, allowAddOns, deadlineAt, intervalMs, ...call }: DeleteSubscriptionOptions,
): Promise<DeletedSubscription> {
  const found = await subscriptions.find(id, call);
  if (!found) return { outcome: 'absent', subscription: null };
  if (found.AddOnReferences.length > 0 && !allowAddOns) throw hasAddOns(found);
  await subscriptions.startDelete(id, force, call);
  for (let subscription = found; ; ) {
    const now = await subscriptions.find(id, call);
    if (!now) return { outcome: 'gone', subscription };
    subscription = now;
    const left = deadlineAt - clock.now();
    if (left <= 0) return { outcome: 'late', subscription };
    await pause(clock, Math.min(intervalMs, left), call.signal);
  }
}

/** WAP_REFUSED, by our own guard. */
function hasAddOns({ SubscriptionID, AddOnReferences }: Subscription): AdapterError {
  const count = AddOnReferences.length;
  return AdapterError.advising(
    'WAP_REFUSED',
    `The subscription ${SubscriptionID} was not deleted: it has ${count} add-on${count === 1 ? '' : 's'}. Remedy: drop them first, or allow it in the dialog.`,
    { subject: `subscription ${SubscriptionID}` },
  );
}
