import type { MappingScope } from '../mapping/mapping';
import type { Store } from '../state/port';
import { findByWapIds } from '../state/tables/mapping';
import type { WapConnection } from '../wap/connection';
import { type Kind, type Subscription, subscriptionState } from '../wap/types';
import type { Unmapped, UnmappedList } from './unmapped';

/** How far WAP is asked. */
interface Asked {
  signal: AbortSignal;
  now: () => number;
  /** Nobody looks through a longer list. */
  most?: number;
  /** Reading all subscriptions of a large WAP takes minutes; a person waits for the first. */
  longestMs?: number;
}

/** Asks WAP what it has and looks for each in the mapping. @throws as reading WAP does */
export async function unmappedOf(
  store: Store,
  wap: Pick<WapConnection, 'admin' | 'subscriptions'>,
  scope: MappingScope,
  { signal, now, most = 500, longestMs = 6_000 }: Asked,
): Promise<UnmappedList> {
  const until = now() + longestMs;
  const rows: Unmapped[] = [];
  const keep = async (objects: readonly Unmapped[]) => {
    const [first] = objects;
    if (!first) return;
    const ids = objects.map(({ wapId }) => wapId);
    const known = await store.transaction(tx => findByWapIds(tx, scope, first.kind, ids));
    rows.push(...objects.filter(({ wapId }) => !known.has(wapId)));
  };
  for (const kind of ['plan', 'addon'] as const) await keep(await offersOf(wap, kind, signal));
  let isOver = false;
  for await (const page of wap.subscriptions.pages({}, { signal, pageSize: 500 })) {
    // Only asking for one more page shows that there is one.
    if (isOver) return { rows: rows.slice(0, most), isAll: false };
    await keep(page.filter(isSold).map(subscriptionRow));
    isOver = rows.length > most || now() > until;
  }
  return { rows: rows.slice(0, most), isAll: rows.length <= most };
}

/** All plans or all add-ons, of which there are few. */
async function offersOf(wap: Pick<WapConnection, 'admin'>, kind: Kind, signal: AbortSignal): Promise<Unmapped[]> {
  const offers = await wap.admin.list(kind, { signal });
  return offers.map(({ Id, DisplayName }) => ({ kind, wapId: Id, name: DisplayName, account: null }));
}

/** What WAP is about to delete needs no billing id any more. */
const isSold = ({ State }: Subscription): boolean => State !== subscriptionState.deletePending;

const subscriptionRow = (subscription: Subscription): Unmapped => ({
  kind: 'subscription',
  wapId: subscription.SubscriptionID,
  name: subscription.SubscriptionName ?? subscription.OfferFriendlyName,
  account: subscription.AccountAdminLiveEmailId,
});
