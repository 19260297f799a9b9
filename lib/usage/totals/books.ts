import { foldId } from '../../ids';
import type { MappingScope } from '../../state/mapping-entry';
import type { Tx } from '../../state/port';
import type { Rebuild } from '../../state/usage-rebuild';
import { type KeptTotal, keptTotals } from '../../state/usage-total';
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
    const book = isOfRecord(quantity, scope.installation) ? await bookOf(quantity, rebuilds, kept, marks) : '';
    const others = books.get(book);
    if (others) others.push(quantity);
    else books.set(book, [quantity]);
  }
  return books;
}

/** `marks`: of the replays and of all others, in the same order. */
async function bookOf(
  quantity: Quantity,
  rebuilds: readonly Rebuild[],
  kept: KeptTotals,
  marks: readonly Marks[],
): Promise<string> {
  for (const [at, { run, fromId, toId }] of rebuilds.entries()) {
    if (quantity.recordId < fromId || quantity.recordId > toId) continue;
    const zones = await kept.zones(run, quantity);
    if (!(await wasCounted(quantity, zones, marks.slice(at + 1)))) return run;
  }
  return '';
}

async function wasCounted(quantity: Quantity, zones: readonly string[], marks: readonly Marks[]): Promise<boolean> {
  for (const zone of zones) for (const each of marks) if (await each.has(zone, quantity)) return true;
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
