import { foldId } from '../../ids';
import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Rebuild } from '../../state/tables/usage-rebuild';
import { type KeptTotal, keptTotals } from '../../state/tables/usage-total';
import type { Quantity } from '../quantity';
import { Days } from './days';
import { Marks } from './marks';
import { isOfRecord } from './place';

/** Quantities by the book in which they are counted once: the name of the latest replay that rebuilds their totals, empty for
 *  all others. It does not matter what brought them: what billing has of a record is counted once in its book. */
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

/** The place of its book among the replays, or behind them. `marks`: of the replays and of all others, in the same order. */
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
  // In an older book it may have a mark too, of a total that went.
  const before = await placeOfBook(quantity, rebuilds, kept, marks, at + 1);
  return (await wasCounted(quantity, zones, marks[before])) ? before : at;
}

async function wasCounted(quantity: Quantity, zones: readonly string[], marks: Marks | undefined): Promise<boolean> {
  for (const zone of zones) if (await marks?.has(zone, quantity)) return true;
  return false;
}

/** Which totals replays left as they were, of the subscriptions that were asked for. */
class KeptTotals {
  readonly #known = new Map<string, KeptTotal[]>();
  readonly #days = new Map<string, Days>();

  constructor(
    private readonly tx: Tx,
    private readonly scope: MappingScope,
  ) {}

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

  async #of(subscription: string): Promise<KeptTotal[]> {
    const known = this.#known.get(subscription) ?? (await keptTotals(this.tx, this.scope, subscription));
    this.#known.set(subscription, known);
    return known;
  }

  #daysOf(zone: string): Days {
    const days = this.#days.get(zone) ?? new Days(zone);
    this.#days.set(zone, days);
    return days;
  }
}
