import type { OpenedProvider } from '../billing/provider';
import type { Mapping } from '../mapping/mapping';
import { putSideRow, type SideRow } from '../state/tables/reconcile';
import { instanceKey, instanceKind, subscriptionKind } from '../tenants/tools';
import { isWapTime, parseWapTime } from '../wap/client/time';
import type { WapConnection } from '../wap/connection';
import { type Kind, type PlanOrAddOn, planState, type Subscription, subscriptionState } from '../wap/types';

export interface SideReader {
  wap: Pick<WapConnection, 'installation' | 'admin' | 'subscriptions'>;
  billing: Pick<OpenedProvider, 'provider' | 'subscriptions'>;
  mapping: Mapping;
  signal: AbortSignal;
  /** How many have been read, for the status. */
  progress(count: number): void;
}

const none = { remoteId: null, offer: null, createdAt: null };

/** Reads all of WAP page by page into the store. Resolves to nothing of it in memory. */
export async function readWap(reader: SideReader): Promise<void> {
  const { wap, signal } = reader;
  for (const kind of ['plan', 'addon'] as const) {
    await keepRows(
      reader,
      (await wap.admin.list(kind, { signal })).map(plan => planRow(kind, plan)),
    );
  }
  let read = 0;
  for await (const page of wap.subscriptions.pages({}, { signal, pageSize: 1000 })) {
    await keepRows(reader, page.flatMap(subscriptionRows));
    read += page.length;
    reader.progress(read);
  }
}

/** Reads all of billing the same way. Where it cannot list, each key that WAP or the mapping has is asked for by itself, so
 *  what only billing has is not seen. Answers which of the two could be listed. */
export async function readBilling(
  reader: SideReader,
  keys: KeysOf,
): Promise<{ offers: boolean; subscriptions: boolean }> {
  const { billing, signal } = reader;
  const { listOffers } = billing.provider;
  if (listOffers)
    await keepRows(
      reader,
      (await listOffers({ signal })).map(offer => offerRow(offer)),
    );
  else {
    for await (const page of keys('offer')) {
      const offers = await each(page, key => billing.provider.offerState(key, { signal }));
      await keepRows(reader, offers.filter(isThere).map(offerRow));
    }
  }
  const { kept, list } = billing.subscriptions;
  let read = 0;
  if (!kept) return { offers: listOffers !== null, subscriptions: false };
  if (list) {
    for await (const page of list({ signal })) {
      await keepRows(reader, page.map(billedRow));
      read += page.length;
      reader.progress(read);
    }
  } else {
    for await (const page of keys('subscription')) {
      const found = await each(page, key => billing.subscriptions.state(key, { signal }));
      await keepRows(reader, found.filter(isThere).map(billedRow));
      read += page.length;
      reader.progress(read);
    }
  }
  return { offers: listOffers !== null, subscriptions: list !== null };
}

/** The keys of WAP's rows and of the mapping that have this kind in billing, in pages. */
export type KeysOf = (billingKind: 'offer' | 'subscription') => AsyncIterable<string[]>;

/** Lays rows into the store, a thousand at a time. */
export async function keepRows({ mapping }: SideReader, rows: SideRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 1000) {
    const some = rows.slice(at, at + 1000);
    const write = async () => {
      await mapping.store.transaction(
        async tx => {
          for (const row of some) await putSideRow(tx, mapping.scope, row);
        },
        // Scratch: after a crash it is read anew.
        { relaxed: true },
      );
    };
    await write();
  }
}

const isThere = ({ state }: { state: string }): boolean => state !== 'absent';

const atOnce = 8;

/** Reads for each key, some at a time. */
export async function each<T>(keys: string[], read: (key: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < keys.length; at += atOnce) {
    found.push(...(await Promise.all(keys.slice(at, at + atOnce).map(read))));
  }
  return found;
}

const stateName = (names: Record<string, number>, value: number): string =>
  Object.keys(names).find(name => names[name] === value) ?? String(value);

export function planRow(kind: Kind, { Id: id, DisplayName: name, State }: PlanOrAddOn): SideRow {
  return { ...none, side: 'wap', kind, id, name, state: stateName(planState, State) };
}

/** Deleting counts as suspended, as in the events. */
export function subscriptionRows(subscription: Subscription): SideRow[] {
  const { SubscriptionID: id, SubscriptionName: name, PlanId, State } = subscription;
  const word = stateName(subscriptionState, State);
  const state = word === 'deletePending' ? 'suspended' : word;
  const own = { side: 'wap', remoteId: null, name, state } as const;
  return [
    { ...own, kind: subscriptionKind, id, offer: PlanId, createdAt: timeOf(subscription.Created) },
    ...subscription.AddOnReferences.filter(({ AddOnInstanceId }) => AddOnInstanceId).map(reference => ({
      ...own,
      kind: instanceKind,
      id: instanceKey(id, reference.AddOnInstanceId ?? ''),
      offer: reference.AddOnId,
      createdAt: timeOf(reference.AcquisitionTime),
    })),
  ];
}

const timeOf = (text: string | null): number | null => (isWapTime(text) ? parseWapTime(text).ms : null);

function offerRow({
  key: id,
  remoteId,
  state,
  name = null,
}: {
  key: string;
  remoteId: string | null;
  state: string;
  name?: string | null;
}): SideRow {
  return { ...none, side: 'billing', kind: 'offer', id, remoteId, name, state };
}

function billedRow(billed: {
  key: string;
  remoteId: string | null;
  state: string;
  offerKey: string | null;
  name: string | null;
}): SideRow {
  const { key: id, remoteId, state, offerKey: offer, name } = billed;
  return { side: 'billing', kind: 'subscription', id, remoteId, name, state, offer, createdAt: null };
}
