import { type Triple, triples } from '../state/tables/reconcile';
import type { kindPairs } from './kinds';
import type { SideReader } from './read-sides';

const pageSize = 1000;

/** What one source has of a pair of kinds, page by page. */
export async function* pagesOf(
  { mapping, signal }: Pick<SideReader, 'mapping' | 'signal'>,
  source: Parameters<typeof triples>[2],
  pair: (typeof kindPairs)[number],
): AsyncGenerator<Triple[], void, undefined> {
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const from = after;
    const page = await mapping.store.transaction(tx => triples(tx, mapping.scope, source, pair, from, pageSize));
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.place ?? '';
  }
}
