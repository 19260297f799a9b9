import type { Store } from '../state/port';
import { addDeskAct, type DeskAct, dropDeskActs, selectDeskActs } from '../state/tables/desk-acts';
import { type Page, pageOf } from './page';

export type { DeskAct } from '../state/tables/desk-acts';

/** How far back the history says who did what. */
const keptMs = 400 * 86_400_000;

/** Notes what a person did at the desk, and forgets what is older than 400 days. */
export function noteAct(store: Store, act: Omit<DeskAct, 'id'>): Promise<void> {
  return store.transaction(async tx => {
    await addDeskAct(tx, act);
    await dropDeskActs(tx, act.at - keptMs);
  });
}

/** What was done at the desk, newest first. `after`: as `next` of the page before. */
export function listActs(store: Store, after: string | undefined, limit: number): Promise<Page<DeskAct>> {
  const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
  return store.transaction(async tx =>
    pageOf(await selectDeskActs(tx, before, limit + 1), limit, ({ id }) => String(id)),
  );
}
