import { statement, type Tx } from '../port';
import type { MappingScope } from './mapping-entry';
import type { UsageTotal } from './usage-total';

const mine = 'installation = :installation AND target = :target';

/** One row at a time: each is found by the index, however many totals there are. */
const nextScope = statement<MappingScope>(`
  SELECT installation, target FROM usage_total WHERE (installation, target) > (:installation, :target)
  ORDER BY installation, target LIMIT 1`);
const nextTenant = statement<{ subscription: string }>(`
  SELECT subscription FROM usage_total WHERE ${mine} AND subscription > :after ORDER BY subscription LIMIT 1`);
const ofTenant = statement<UsageTotal>(`
  SELECT subscription, day, meter, unit, zone, quantity, items FROM usage_total
  WHERE ${mine} AND subscription = :subscription AND day >= :from AND day <= :to
  ORDER BY day, meter, unit, zone`);
const daysOf = statement<{ first: string | null; last: string | null }>(`
  SELECT MIN(day) AS first, MAX(day) AS last FROM usage_total WHERE ${mine} AND subscription = ''`);

/** Pairs of installation and billing system that have totals. */
export async function totalScopes(tx: Tx): Promise<MappingScope[]> {
  const found: MappingScope[] = [];
  for (let last: MappingScope | undefined = { installation: '', target: '' }; last; ) {
    const { installation, target }: MappingScope = last;
    [last] = await tx.rows(nextScope, { installation, target });
    if (last) found.push(last);
  }
  return found;
}

/** The next subscription after `after` that has totals; null at the end. */
export async function nextTotalTenant(
  tx: Tx,
  { installation, target }: MappingScope,
  after: string,
): Promise<string | null> {
  return (await tx.rows(nextTenant, { installation, target, after }))[0]?.subscription ?? null;
}

/** Totals of one subscription, or of all together for the empty one; both days included. */
export async function totalsOf(
  tx: Tx,
  { installation, target }: MappingScope,
  of: { subscription: string; from: string; to: string },
): Promise<UsageTotal[]> {
  const { subscription, from, to } = of;
  return tx.rows(ofTenant, { installation, target, subscription, from, to });
}

/** The first and the last day with totals; null when there are none. */
export async function totalDays(
  tx: Tx,
  { installation, target }: MappingScope,
): Promise<{ first: string; last: string } | null> {
  const [row] = await tx.rows(daysOf, { installation, target });
  return row?.first == null || row.last == null ? null : { first: row.first, last: row.last };
}
