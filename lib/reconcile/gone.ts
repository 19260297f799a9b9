import { AdapterError } from '../errors';
import { isSameId } from '../ids';
import type { KindPair, Source, Triple } from '../state/tables/reconcile';
import { instanceKind, subscriptionKind } from '../tenants/keys';
import type { Kind } from '../wap/types';
import { type Difference, differenceOf } from './differences';
import { planRow, subscriptionRows } from './read-sides';
import { each, keepRows, kindPairs, pagesOf, type SideReader } from './sides';

/** So few things gone from WAP are never too many. */
const alwaysFew = 3;

/** What is gone from WAP, counted before any difference is sent. */
export interface Gone {
  /** How many of the things that WAP's lists left out WAP has when asked for them by id. */
  leftOut: number;
  /** Things of which mapping and billing know and that WAP does not have, asked for by id. */
  count: number;
  /** All that is mapped or in WAP, of the kinds (offers, subscriptions) that the count is of. */
  of: number;
}

/** The sources of a pair, in the order in which they are compared. What only billing has may be of either of two kinds, and is
 *  told with the first of them. */
export function sourcesOf({ kind }: KindPair): Source[] {
  const isFirst = kind === 'plan' || kind === subscriptionKind;
  return isFirst ? ['wap', 'mapping', 'billing'] : ['wap', 'mapping'];
}

/** Asks WAP by id for each thing that its lists do not show and that would be called gone; what WAP has is kept with the rest.
 *  @returns the group (offers or subscriptions) of which the greatest share is gone */
export async function askForGone(reader: SideReader, countWap: (kind: string) => Promise<number>): Promise<Gone> {
  let leftOut = 0;
  const groups = new Map<string, { count: number; of: number }>();
  for (const pair of kindPairs) {
    const group = groups.get(pair.billingKind) ?? { count: 0, of: 0 };
    groups.set(pair.billingKind, group);
    for (const source of sourcesOf(pair).filter(name => name !== 'wap')) {
      for await (const page of pagesOf(reader, source, pair)) {
        const ids = page.filter(row => isGone(source, pair, row)).map(({ id }) => id);
        const found = await each(ids, id => findInWap(reader, source, pair, id));
        leftOut += found.filter(Boolean).length;
        if (source === 'mapping') group.count += found.filter(isThere => !isThere).length;
      }
    }
    group.of += await countWap(pair.kind);
  }
  const all = [...groups.values()].map(({ count, of }) => ({ count, of: of + count }));
  const most = all.reduce((best, one) => (shareOf(one) > shareOf(best) ? one : best));
  return { leftOut, ...most };
}

/** Whether too many are gone for WAP's answer to be believed. `limitPercent`: 0 to 100. */
export function isTooMuch(gone: Gone, limitPercent: number): boolean {
  return gone.count > alwaysFew && shareOf(gone) * 100 > limitPercent;
}

/** From 0 to 1; nothing of nothing is none. */
const shareOf = ({ count, of }: { count: number; of: number }): number => (of === 0 ? 0 : count / of);

/** Whether it would be told as gone from WAP. */
function isGone(source: Source, pair: KindPair, row: Triple): boolean {
  const difference: Difference | null = differenceOf(source, pair, row, {
    unable: new Set(),
    newerThan: 0,
    offerId: () => null,
  });
  return difference?.what === 'orphaned';
}

/** Whether WAP has it; its row is then kept beside those of the lists. */
async function findInWap(reader: SideReader, source: Source, { kind, billingKind }: KindPair, id: string) {
  if (id.trim() === '') return false;
  if (billingKind === 'offer') return findOffer(reader, kind === 'addon' ? ['addon', 'plan'] : ['plan', 'addon'], id);
  // Billing may have many that never were WAP's.
  if (source === 'billing' && !guids.test(id)) return false;
  const isInstance = source === 'billing' ? id.includes('.') : kind === instanceKind;
  return isInstance ? findInstance(reader, id) : findSubscription(reader, id);
}

/** A GUID, as all ids of subscriptions are, with what follows it in the key of an instance. */
const guids = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}(\.|$)/i;

/** Billing's offers do not say whether they are of plans or of add-ons, so both kinds are asked for. */
async function findOffer(reader: SideReader, kinds: Kind[], id: string): Promise<boolean> {
  for (const kind of kinds) {
    const plan = await orUnknown(reader.wap.admin.find(kind, id, { signal: reader.signal }));
    if (!plan) continue;
    await keepRows(reader, [{ ...planRow(kind, plan), id }]);
    return true;
  }
  return false;
}

/** Asks for the subscription, whose answer has to say which instances there are. */
async function findInstance(reader: SideReader, key: string): Promise<boolean> {
  const at = key.lastIndexOf('.');
  const [id, instance] = [key.slice(0, at), key.slice(at + 1)];
  const { wap, signal } = reader;
  const shown = await orUnknown(wap.subscriptions.instances(id, { signal }));
  const isThere = shown?.some(({ AddOnInstanceId }) => isSameId(AddOnInstanceId ?? '', instance)) ?? false;
  return isThere && keepFound(reader, id, key);
}

function findSubscription(reader: SideReader, key: string): Promise<boolean> {
  return keepFound(reader, key, key);
}

/** Keeps the rows of a subscription, if WAP has it, under the key that the mapping knows. */
async function keepFound(reader: SideReader, id: string, key: string): Promise<boolean> {
  const subscription = await orUnknown(reader.wap.subscriptions.find(id, { signal: reader.signal }));
  const rows = subscription ? subscriptionRows(subscription) : [];
  const found = rows.filter(row => isSameId(row.id, key));
  await keepRows(
    reader,
    found.map(row => ({ ...row, id: key })),
  );
  return found.length > 0;
}

/** What WAP refuses as an id (400) is none of its own. */
async function orUnknown<T>(asked: Promise<T | null>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AdapterError && (error.code === 'WAP_INPUT' || error.code === 'INPUT_INVALID')) return null;
    throw error;
  }
}
