import type { Clock } from '../async/clock';
import { yieldToLoop } from '../async/event-loop';
import { foldId } from '../ids';
import type { Store, Tx } from '../state/port';
import type { MappingScope } from '../state/tables/mapping-entry';
import { tenantNames } from '../state/tables/tenant-name';
import { listRebuilds, type Rebuild } from '../state/tables/usage-rebuild';
import type { UsageTotal } from '../state/tables/usage-total';
import { nextTotalTenant, totalDays, totalScopes, totalsOf } from '../state/tables/usage-total-list';
import { ExactSum } from '../usage/totals/exact-sum';
import { foldTotals } from '../usage/totals/fold';
import type { Page } from './page';

/** Whose usage is added up, and of which days there is any. */
export interface UsageReader extends MappingScope {
  first: string;
  last: string;
  /** The last replay that counted totals from nothing. */
  rebuild: Rebuild | null;
}

/** Days are included, such as 2026-01-31. */
export interface UsageFilter extends MappingScope {
  from: string;
  to: string;
  /** Id of a subscription in WAP; left out: all of them. */
  subscription?: string | undefined;
  meter?: string | undefined;
}

/** By what totals are added up: each day, each month, or all days together. */
export type UsageStep = 'day' | 'month' | 'all';

/** A quantity that was delivered, added up. */
export interface UsageRow {
  /** Folded id of the subscription in WAP; empty: all of them together. */
  subscription: string;
  /** A day, a month such as 2026-01, or empty for all of the time asked for. */
  period: string;
  meter: string;
  /** Empty: none. */
  unit: string;
  /** Exact decimal. */
  quantity: string;
  /** So many quantities, adjustments included. */
  items: number;
  /** The time zone by which the days were cut. */
  zone: string;
}

/** Of one tenant, with what WAP calls it where that is known. */
export interface TenantUsage extends UsageRow {
  name: string | null;
  account: string | null;
}

/** Whose usage has totals, by installation and billing target. */
export function usageReaders(store: Store, clock: Clock): Promise<UsageReader[]> {
  return asked(store, clock, async tx => {
    const readers: UsageReader[] = [];
    for (const scope of await totalScopes(tx)) {
      const days = await totalDays(tx, scope);
      if (days) readers.push({ ...scope, ...days, rebuild: (await listRebuilds(tx, scope))[0] ?? null });
    }
    return readers;
  });
}

/** Totals of one subscription, or of all together, by day or month, oldest first. */
export function usageTotals(store: Store, clock: Clock, filter: UsageFilter, by: UsageStep): Promise<UsageRow[]> {
  return asked(store, clock, tx => rowsOf(tx, filter, foldId(filter.subscription ?? ''), by));
}

/** Totals of each subscription, by the order of their ids. `after`: as `next` of the page before. `limit` (at most 200)
 *  subscriptions have a page at most, each with all its rows. */
export function usageByTenant(
  store: Store,
  clock: Clock,
  filter: Omit<UsageFilter, 'subscription'>,
  { by, after, limit }: { by: UsageStep; after: string | undefined; limit: number },
): Promise<Page<TenantUsage>> {
  return asked(store, clock, async tx => {
    const rows: UsageRow[] = [];
    const named = async () => {
      const names = await tenantNames(tx, filter.installation, [...new Set(rows.map(row => row.subscription))]);
      return rows.map(row => {
        const { name = null, account = null } = names.get(row.subscription) ?? {};
        return { ...row, name, account };
      });
    };
    const most = Math.max(1, Math.min(200, limit));
    let last = after ?? '';
    for (let met = 0, looked = 0; met < most && looked < mostLooked; looked++) {
      const tenant = await nextTotalTenant(tx, filter, last);
      if (tenant === null) return { rows: await named(), next: null };
      const own = await rowsOf(tx, filter, tenant, by);
      if (own.length > 0) met++;
      rows.push(...own);
      last = tenant;
      if (looked % tenantsAtOnce === tenantsAtOnce - 1) await yieldToLoop();
    }
    return { rows: await named(), next: last };
  });
}

export const usageColumns = [
  ...(['subscription', 'name', 'account', 'day', 'timeZone'] as const),
  ...(['meter', 'unit', 'quantity', 'quantities'] as const),
];
export type UsageLine = Record<(typeof usageColumns)[number], string | number>;

/** Every total of the filter, by tenant, day and meter, for a file. */
export async function* usageLines(
  store: Store,
  clock: Clock,
  filter: UsageFilter,
): AsyncGenerator<UsageLine[], void, undefined> {
  if (filter.subscription) {
    yield (await usageTotals(store, clock, filter, 'day')).map(row => lineOf({ ...row, name: null, account: null }));
    return;
  }
  for (let after: string | undefined; ; ) {
    const page: Page<TenantUsage> = await usageByTenant(store, clock, filter, { by: 'day', after, limit: 100 });
    yield page.rows.map(lineOf);
    if (page.next === null) return;
    after = page.next;
  }
}

const lineOf = ({
  subscription,
  name,
  account,
  period,
  meter,
  unit,
  quantity,
  items,
  zone,
}: TenantUsage): UsageLine => ({
  ...{ subscription, name: name ?? '', account: account ?? '' },
  ...{ day: period, timeZone: zone, meter, unit, quantity, quantities: items },
});

/** Subscriptions without any total of the time asked for are passed over, but not for ever. */
const mostLooked = 5000;
/** Subscriptions looked at before the event loop gets a turn. */
const tenantsAtOnce = 10;

/** What waits is folded first, so that the answer has all that was settled before it. */
function asked<T>(store: Store, clock: Clock, question: (tx: Tx) => Promise<T>): Promise<T> {
  const work = async (tx: Tx) => {
    await foldTotals(tx, clock.now());
    return question(tx);
  };
  return store.transaction(work, { relaxed: true });
}

/** Adds up exactly, by period, meter, unit and time zone: days of two zones are not the same days. */
async function rowsOf(tx: Tx, filter: UsageFilter, subscription: string, by: UsageStep): Promise<UsageRow[]> {
  const sums = new Map<string, { row: UsageRow; sum: ExactSum }>();
  for (const total of await totalsOf(tx, filter, { subscription, from: filter.from, to: filter.to })) {
    if (filter.meter !== undefined && filter.meter !== total.meter) continue;
    const period = periodOf(total, by);
    const key = JSON.stringify([period, total.meter, total.unit, total.zone]);
    const known = sums.get(key) ?? { row: toRow(total, period), sum: new ExactSum() };
    sums.set(key, known);
    known.sum.add(total.quantity);
    known.row.items += total.items;
  }
  return [...sums.values()].map(({ row, sum }) => ({ ...row, quantity: sum.toString() }));
}

/** The day, its month, or nothing. */
function periodOf({ day }: UsageTotal, by: UsageStep): string {
  if (by === 'all') return '';
  return by === 'month' ? day.slice(0, 7) : day;
}

function toRow({ subscription, meter, unit, zone }: UsageTotal, period: string): UsageRow {
  return { subscription, period, meter, unit, quantity: '0', items: 0, zone };
}
