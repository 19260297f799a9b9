import { foldId } from '../../ids';
import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Rebuild } from '../../state/tables/usage-rebuild';
import { type KeptTotal, keptTotals } from '../../state/tables/usage-total';
import type { Quantity } from '../quantity';
import { Days } from './days';
import { Marks } from './marks';
import { isOfRecord } from './place';

/** Quantities by the book in which each is counted once: the name of the latest replay that rebuilds its total, or empty. The
 *  message that brought it does not matter, only the record it is of. */
export async function byBook(
  tx: Tx,
  scope: MappingScope,
  quantities: readonly Quantity[],
  rebuilds: readonly Rebuild[],
): Promise<Map<string, readonly Quantity[]>> {
  if (rebuilds.length === 0) return new Map([['', quantities]]);
  const books = new Map<string, Quantity[]>();
  const kept = new KeptTotals(tx, scope);
  const marks = [...rebuilds.map(({ run }) => run), ''].map(book => new Marks(tx, scope, book));
  for (const quantity of quantities) {
    const isOne = isOfRecord(quantity, scope.installation);
    const book = isOne ? (rebuilds[await placeOfBook(quantity, rebuilds, kept, marks)]?.run ?? '') : '';
    const others = books.get(book);
    if (others) others.push(quantity);
    else books.set(book, [quantity]);
  }
  return books;
}

/** The place of a quantity's book among the replays; their number for the book without a name. `marks`: of each replay in the same
 *  order, and last those without a name. */
async function placeOfBook(
  quantity: Quantity,
  rebuilds: readonly Rebuild[],
  kept: KeptTotals,
  marks: readonly Marks[],
  from = 0,
): Promise<number> {
  const covers = ({ fromId, toId }: Rebuild) => quantity.recordId >= fromId && quantity.recordId <= toId;
  const at = rebuilds.findIndex((rebuild, index) => index >= from && covers(rebuild));
  const rebuild = rebuilds[at];
  if (!rebuild) return rebuilds.length;
  const zones = await kept.zones(rebuild.run, quantity);
  if (zones.length === 0) return at;
  // An older book may have a mark of it as well, for a total that was dropped.
  const before = await placeOfBook(quantity, rebuilds, kept, marks, at + 1);
  return (await wasCounted(quantity, zones, marks[before])) ? before : at;
}

/** Whether the book has a mark of the quantity in any of the zones. */
async function wasCounted(quantity: Quantity, zones: readonly string[], marks: Marks | undefined): Promise<boolean> {
  for (const zone of zones) if (await marks?.has(zone, quantity)) return true;
  return false;
}

/** The totals that replays left as they were, read once for each subscription. */
class KeptTotals {
  readonly #known = new Map<string, KeptTotal[]>();
  readonly #days = new Map<string, Days>();

  readonly #tx: Tx;
  readonly #scope: MappingScope;

  constructor(tx: Tx, scope: MappingScope) {
    this.#tx = tx;
    this.#scope = scope;
  }

  /** The time zones by which a quantity, had it been counted before, would be in a total that the replay left as it was. */
  async zones(run: string, { meter, unit, startTime, wapSubscriptionId }: Quantity): Promise<string[]> {
    const totals = await this.#of(foldId(wapSubscriptionId));
    const fitting = totals.filter(
      total =>
        total.meter === meter &&
        total.unit === (unit ?? '') &&
        total.day === this.#daysOf(total.zone).of(startTime) &&
        total.kept.split('\n').includes(run),
    );
    return fitting.map(({ zone }) => zone);
  }

  /** Read in the caller's transaction, once for each subscription. */
  async #of(subscription: string): Promise<KeptTotal[]> {
    const known = this.#known.get(subscription) ?? (await keptTotals(this.#tx, this.#scope, subscription));
    this.#known.set(subscription, known);
    return known;
  }

  /** Each total keeps the zone that it was counted in, whatever is set now. */
  #daysOf(zone: string): Days {
    const days = this.#days.get(zone) ?? new Days(zone);
    this.#days.set(zone, days);
    return days;
  }
}
