import { OneAtATime } from '../async/one-at-a-time';
import type { OfferRef } from '../billing/port';
import type { BilledSubscription } from '../billing/subscription-port';
import { clearSideRows, type SideRow } from '../state/tables/reconcile';
import { instanceKey, instanceKind, subscriptionKind } from '../tenants/keys';
import { isWapTime, parseWapTime } from '../wap/client/time';
import { type Kind, type PlanOrAddOn, planState, type Subscription, subscriptionState } from '../wap/types';
import { each, keepRows, kindPairs, pagesOf, type SideReader } from './sides';

/** Which of the two billing could list; what only billing has of the other was not looked for. */
export interface Listed {
  offers: boolean;
  subscriptions: boolean;
}

/** In this process. Another one is kept out by the store itself. */
const turns = new OneAtATime();

/** Reads both sides into the store, works with them there, and empties the store of them. Two at a time on the same connections
 *  wait for each other: they would read into the same rows. */
export async function withSides<T>(reader: SideReader, work: (listed: Listed) => Promise<T>): Promise<T> {
  const { mapping } = reader;
  const { installation, target } = mapping.scope;
  return turns.run(JSON.stringify([mapping.store.name, installation, target]), reader.signal, async () => {
    await clear(reader); // what a crash left
    try {
      await readWap(reader);
      return await work(await readBilling(reader));
    } finally {
      await clear(reader);
    }
  });
}

/** Empties the store of both sides, a part at a time. */
async function clear({ mapping }: SideReader): Promise<void> {
  const some = () => mapping.store.transaction(tx => clearSideRows(tx, mapping.scope), { relaxed: true });
  while (await some());
}

/** What a side's rows of other kinds do not have. */
const none = { remoteId: null, offer: null, createdAt: null };

/** Page by page into the store, so that memory does not grow with the number of subscriptions. */
async function readWap(reader: SideReader): Promise<void> {
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

/** Where billing cannot list, each key that WAP or the mapping has is asked for by itself, so what only billing has is not seen. */
async function readBilling(reader: SideReader): Promise<Listed> {
  const { kept, list } = reader.billing.subscriptions;
  const { listOffers } = reader.billing.provider;
  await readOffers(reader);
  if (kept) await readBilled(reader);
  return { offers: listOffers !== null, subscriptions: kept && list !== null };
}

/** All offers, or those with keys that WAP or the mapping has. */
async function readOffers(reader: SideReader): Promise<void> {
  const { provider } = reader.billing;
  const call = { signal: reader.signal };
  if (provider.listOffers) {
    await keepRows(reader, (await provider.listOffers(call)).map(offerRow));
    return;
  }
  for await (const page of keysIn(reader, 'offer')) {
    const offers = await each(page, key => provider.offerState(key, call));
    await keepRows(reader, offers.filter(isThere).map(offerRow));
  }
}

/** The same for subscriptions, page by page. */
async function readBilled(reader: SideReader): Promise<void> {
  const { subscriptions } = reader.billing;
  const call = { signal: reader.signal };
  let read = 0;
  const keep = async (page: BilledSubscription[], count: number) => {
    await keepRows(reader, page.map(billedRow));
    read += count;
    reader.progress(read);
  };
  if (subscriptions.list) for await (const page of subscriptions.list(call)) await keep(page, page.length);
  else
    for await (const page of keysIn(reader, 'subscription')) {
      const found = await each(page, key => subscriptions.state(key, call));
      await keep(found.filter(isThere), page.length);
    }
}

/** The keys of what WAP has, and of what is only mapped, because that may still be charged. */
async function* keysIn(reader: SideReader, billingKind: string): AsyncGenerator<string[], void, undefined> {
  for (const pair of kindPairs.filter(one => one.billingKind === billingKind)) {
    for (const source of ['wap', 'mapping'] as const) {
      for await (const page of pagesOf(reader, source, pair)) yield page.map(({ id, mappedId }) => mappedId ?? id);
    }
  }
}

/** Billing answers for each key, also for what it does not have. */
const isThere = ({ state }: { state: string }): boolean => state !== 'absent';

/** WAP's number as a word; a number that WAP does not document stays a number. */
const stateName = (names: Record<string, number>, value: number): string =>
  Object.keys(names).find(name => names[name] === value) ?? String(value);

/** A plan or add-on as WAP shows it, as a row to compare. */
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

/** ms UTC; null where WAP wrote none. */
const timeOf = (text: string | null): number | null => (isWapTime(text) ? parseWapTime(text).ms : null);

function offerRow({ key: id, remoteId, state, name }: OfferRef): SideRow {
  return { ...none, side: 'billing', kind: 'offer', id, remoteId, name: name ?? null, state };
}

function billedRow({ key: id, remoteId, name, state, offerKey: offer }: BilledSubscription): SideRow {
  return { side: 'billing', kind: 'subscription', id, remoteId, name, state, offer, createdAt: null };
}
