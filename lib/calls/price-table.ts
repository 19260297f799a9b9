import type { Kind } from '../wap/types';

/** A line of the price table: the id or name of a plan or add-on, or `*` for all others. */
export interface PriceRow {
  plan: string;
  price: string;
}

/** The name of a plan or add-on; null when WAP does not know it or cannot say now. */
export type NameOf = (kind: Kind, id: string) => Promise<string | null>;

/** The price in the table: by id, then by name (both in any case), then `*`. WAP is asked for the name only when a line
 *  could fit it. */
export async function priceInTable(
  table: readonly PriceRow[],
  { kind, id }: { kind: Kind; id: string | null },
  nameOf: NameOf,
): Promise<string | undefined> {
  const of = (wanted: string) => table.find(({ plan }) => plan.toLowerCase() === wanted.toLowerCase())?.price;
  const direct = id === null ? undefined : of(id);
  if (direct !== undefined) return direct;
  const name = id !== null && table.some(({ plan }) => plan !== '*') ? await nameOf(kind, id) : null;
  return (name === null ? undefined : of(name)) ?? of('*');
}
