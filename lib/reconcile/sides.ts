import type { OpenedProvider } from '../billing/provider';
import type { Mapping } from '../mapping/mapping';
import { type KindPair, putSideRow, type SideRow, type Source, type Triple, triples } from '../state/tables/reconcile';
import { instanceKind, subscriptionKind } from '../tenants/keys';
import type { WapConnection } from '../wap/connection';

/** What reads the three sides and is told how far it is. */
export interface SideReader {
  wap: Pick<WapConnection, 'installation' | 'admin' | 'subscriptions'>;
  billing: Pick<OpenedProvider, 'provider' | 'subscriptions'>;
  mapping: Mapping;
  signal: AbortSignal;
  /** How many have been read, for the status. */
  progress(count: number): void;
}

/** What is compared, in this order; add-ons share their kind in billing with plans, their instances with subscriptions. */
export const kindPairs: readonly KindPair[] = [
  { kind: 'plan', billingKind: 'offer', otherKind: 'addon' },
  { kind: 'addon', billingKind: 'offer', otherKind: 'plan' },
  { kind: subscriptionKind, billingKind: 'subscription', otherKind: instanceKind },
  { kind: instanceKind, billingKind: 'subscription', otherKind: subscriptionKind },
];

/** Rows in one transaction, and in one page. */
const rowsAtOnce = 1000;

/** What one source has of a pair of kinds, page by page. */
export async function* pagesOf(
  { mapping, signal }: Pick<SideReader, 'mapping' | 'signal'>,
  source: Source,
  pair: KindPair,
): AsyncGenerator<Triple[], void, undefined> {
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const from = after;
    const page = await mapping.store.transaction(tx => triples(tx, mapping.scope, source, pair, from, rowsAtOnce));
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.place ?? '';
  }
}

/** Lays rows into the store, a thousand in a transaction. */
export async function keepRows({ mapping }: SideReader, rows: readonly SideRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce);
    await mapping.store.transaction(
      async tx => {
        for (const row of some) await putSideRow(tx, mapping.scope, row);
      },
      // Scratch: after a crash it is read anew.
      { relaxed: true },
    );
  }
}

/** Calls under way at once where billing cannot list. */
const readsAtOnce = 8;

/** Reads for each key, some at a time. */
export async function each<T>(keys: readonly string[], read: (key: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < keys.length; at += readsAtOnce) {
    found.push(...(await Promise.all(keys.slice(at, at + readsAtOnce).map(read))));
  }
  return found;
}
