import type { RebuildMark } from '../../feeds/records/batch';
import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Quantity } from '../quantity';
import { byBook } from './books';
import type { Days } from './days';
import { foldIfDue } from './fold';
import { markCounted, pruneMarks } from './marks';
import { addPart } from './part';
import { rebuildsOf } from './rebuild';

/** How the totals of a billing system are counted. */
export interface Counting {
  scope: MappingScope;
  days: Days;
  /** The replay that the quantities are of, if its totals are counted from nothing. */
  rebuild: RebuildMark | null;
  now: number;
}

/** Adds what billing has to the totals, each quantity once however often it was sent. A duplicate counts too, because the answer
 *  to the first send may have been lost. Call it in the transaction that settles the quantities. */
export async function countDelivered(tx: Tx, quantities: readonly Quantity[], counting: Counting): Promise<void> {
  if (quantities.length === 0) return;
  const { scope, days, rebuild, now } = counting;
  const rebuilds = await rebuildsOf(tx, scope, rebuild, now);
  if (await foldIfDue(tx, now)) await pruneMarks(tx, scope, ['', ...rebuilds.map(({ run }) => run)], now);
  const fresh: Quantity[] = [];
  for (const [name, of] of await byBook(tx, scope, quantities, rebuilds))
    fresh.push(...(await markCounted(tx, scope, { name, zone: days.zone }, of, now)));
  await addPart(tx, scope, fresh, days);
}
