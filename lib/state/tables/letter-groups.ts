import { type Statement, statement, type Tx } from '../port';
import type { LetterKind } from './letter-count';
import type { LetterSource } from './letter-scan';

/** Quarantine has no reasons and no tenants, so nothing to group by. */
type Place = Exclude<LetterSource, 'quarantine'>;
/** The table of each source, and the column that tells tenants apart. */
const tables: Record<Place, { table: string; tenant: string }> = {
  usage: { table: 'usage_exception', tenant: 'subscription_id' },
  events: { table: 'delivery', tenant: 'entity_key' },
};

function each<Row>(text: (of: { table: string; tenant: string }) => string): Record<Place, Statement<Row>> {
  return { usage: statement<Row>(text(tables.usage)), events: statement<Row>(text(tables.events)) };
}

/** Skips from group to group in the index, however many letters each has. */
const nextGroup = each<{ found: string | null }>(
  ({ table }) => `SELECT MIN(reason_group) AS found FROM ${table} INDEXED BY ${table}_letter_reason
  WHERE letter = :letter AND reason_group > :after`,
);
const countGroup = each<{ total: number }>(
  ({ table }) => `
  SELECT COUNT(*) AS total FROM
    (SELECT 1 FROM ${table} INDEXED BY ${table}_letter_reason
  WHERE letter = :letter AND reason_group = :group LIMIT :most)`,
);
const newestOf = each<{ reason: string | null; at: number }>(
  ({ table }) => `
  SELECT reason, aside_at AS at FROM ${table} INDEXED BY ${table}_letter_reason
  WHERE letter = :letter AND reason_group = :group
  ORDER BY aside_at DESC LIMIT 1`,
);
const nextTenant = each<{ found: string | null }>(
  ({ table, tenant }) => `
  SELECT MIN(${tenant}) AS found FROM ${table} INDEXED BY ${table}_letter_tenant
  WHERE letter = :letter AND ${tenant} >= :from AND ${tenant} < :end`,
);

/** Letters of one kind that have one reason, ids aside. */
export interface CountedGroup {
  group: string;
  /** At most `most`. */
  total: number;
  /** The newest of them, and since when. */
  reason: string;
  newestAt: number;
}

/** The next group of reasons and its size; null after the last. Begin with the empty text, which is no group. */
export async function groupBehind(
  tx: Tx,
  source: Place,
  letter: LetterKind,
  { after, most }: { after: string; most: number },
): Promise<CountedGroup | null> {
  const group = (await tx.rows(nextGroup[source], { letter, after }))[0]?.found ?? null;
  if (group === null) return null;
  const [counted] = await tx.rows(countGroup[source], { letter, group, most });
  const [newest] = await tx.rows(newestOf[source], { letter, group });
  return { group, total: counted?.total ?? 0, reason: newest?.reason ?? '', newestAt: newest?.at ?? 0 };
}

/** Folded ids of subscriptions with this beginning that have letters of the kind, ascending. */
export async function tenantsWithLetters(
  tx: Tx,
  source: Place,
  letter: LetterKind,
  { beginning, limit }: { beginning: string; limit: number },
): Promise<string[]> {
  const prefix = source === 'events' ? 'subscription/' : '';
  const found: string[] = [];
  const end = `${prefix}${beginning}\u{10FFFF}`;
  let from = `${prefix}${beginning}`;
  while (found.length < limit) {
    const next = (await tx.rows(nextTenant[source], { letter, from, end }))[0]?.found ?? null;
    if (next === null) break;
    found.push(next.slice(prefix.length));
    from = `${next}\u0001`; // the lowest text that can follow
  }
  return found;
}
