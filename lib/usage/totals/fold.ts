import { yieldToLoop } from '../../async/event-loop';
import { foldId } from '../../ids';
import type { Tx } from '../../state/port';
import { findTotal, pruneTotals, putTotal, type TotalKey } from '../../state/tables/usage-total';
import { type PendingList, totalHeaps, totalParts } from '../../state/tables/usage-total-part';
import { type Addition, type Additions, Sums } from './additions';
import { ExactSum } from './exact-sum';
import { keepMs } from './marks';
import { readGroups } from './part';

/** The most parts that wait, and the most heaps that parts are put together in. */
const mostParts = 64;
const mostHeaps = 16;
/** Totals written before the event loop gets a turn, and subscriptions forgotten in one transaction. */
const rowsAtOnce = 200;
const tenantsAtOnce = 500;

/** Puts waiting parts together when there are enough of them; true when they were folded into the totals. Writing each part to
 *  the totals at once would cost a row for each subscription and message. */
export async function foldIfDue(tx: Tx, now: number): Promise<boolean> {
  if ((await totalParts.count(tx)) < mostParts) return false;
  if ((await totalHeaps.count(tx)) >= mostHeaps) {
    await foldTotals(tx, now);
    return true;
  }
  const heap = new Sums();
  await take(tx, totalParts, heap);
  await totalHeaps.add(tx, JSON.stringify(heap.toGroups()));
  return false;
}

/** Folds all that waits into the totals, and forgets totals that are too old. */
export async function foldTotals(tx: Tx, now: number): Promise<void> {
  const sums = new Sums();
  await take(tx, totalHeaps, sums);
  await take(tx, totalParts, sums);
  for (const additions of sums.all) await addToTotals(tx, additions);
  await pruneTotals(tx, new Date(now - keepMs).toISOString().slice(0, 10), tenantsAtOnce);
}

/** Takes all that waits in a list. */
async function take(tx: Tx, list: PendingList, into: Sums): Promise<void> {
  let last = -1;
  for (let one = await list.next(tx, last); one; one = await list.next(tx, last)) {
    for (const group of readGroups(one.body)) into.add(group);
    last = one.number;
    await yieldToLoop();
  }
  if (last >= 0) await list.drop(tx, last);
}

/** Adds to each subscription's total, and once to the total of all, so that a report of everything need not read each of them. */
async function addToTotals(tx: Tx, additions: Additions): Promise<void> {
  const together: Addition = { sum: new ExactSum(), items: 0, firstId: Number.MAX_SAFE_INTEGER, lastId: -1 };
  let done = 0;
  for (const [written, addition] of additions.of) {
    await addToTotal(tx, additions, foldId(written), addition);
    together.sum.add(addition.sum.toString());
    together.items += addition.items;
    together.firstId = Math.min(together.firstId, addition.firstId);
    together.lastId = Math.max(together.lastId, addition.lastId);
    if (++done % rowsAtOnce === 0) await yieldToLoop();
  }
  await addToTotal(tx, additions, '', together);
}

/** The range of record ids grows with what is added; a record that is of none makes it begin at -1. */
async function addToTotal(tx: Tx, { scope, day, meter, unit, zone }: Additions, subscription: string, added: Addition) {
  const key: TotalKey = { subscription, day, meter, unit, zone };
  const before = await findTotal(tx, scope, key);
  const sum = new ExactSum();
  sum.add(added.sum.toString());
  if (before) sum.add(before.quantity);
  await putTotal(tx, scope, {
    ...key,
    quantity: sum.toString(),
    items: added.items + (before?.items ?? 0),
    firstId: Math.min(added.firstId, before?.firstId ?? added.firstId),
    lastId: Math.max(added.lastId, before?.lastId ?? added.lastId),
  });
}
