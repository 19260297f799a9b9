import type { Clock } from '../async/clock';
import { type TenantUsage, type UsageFilter, type UsageStep, usageByTenant, usageTotals } from '../desk/usage';
import { foldId } from '../ids';
import type { Store } from '../state/port';
import { tenantNames, tenantsNamed } from '../state/tables/tenant-name';
import { eachOf, type Metric } from './prometheus';
import { gathered, type Report } from './report';

const columns = [
  ...(['subscription', 'name', 'account', 'period', 'timeZone'] as const),
  ...(['meter', 'unit', 'quantity', 'quantities'] as const),
];
type Row = Record<(typeof columns)[number], string | number | null>;

/** Whose usage, and how it is added up. */
export interface UsageAsked {
  filter: Omit<UsageFilter, 'subscription'>;
  by: UsageStep;
  /** A part of the name, account or id of subscriptions; left out: all. */
  tenant?: string | undefined;
  /** Each subscription by itself; otherwise all of them together. Of tenants that are named, always each. */
  isEach: boolean;
}

/** Tenants of one name that are looked at. */
const mostTenants = 200;

/** What was delivered, added up: `quantity` is an exact decimal, `quantities` how many were added. */
export async function usageReport(store: Store, clock: Clock, asked: UsageAsked, limit: number): Promise<Report> {
  const { filter, by, tenant, isEach } = asked;
  if (tenant !== undefined) return named(store, clock, { ...asked, tenant }, limit);
  if (isEach) return gathered(columns, eachTenant(store, clock, asked), limit);
  const rows = (await usageTotals(store, clock, filter, by)).map(row => rowOf({ ...row, name: null, account: null }));
  return { columns, rows: rows.slice(0, limit), isWhole: rows.length <= limit };
}

/** The rows of each subscription, page by page. */
async function* eachTenant(
  store: Store,
  clock: Clock,
  { filter, by }: UsageAsked,
): AsyncGenerator<Row[], void, undefined> {
  for (let after: string | undefined; ; ) {
    const { rows, next } = await usageByTenant(store, clock, filter, { by, after, limit: 100 });
    yield rows.map(rowOf);
    if (next === null) return;
    after = next;
  }
}

/** The rows of subscriptions that a text names: a whole id means that one alone. */
async function named(
  store: Store,
  clock: Clock,
  { filter, by, tenant }: UsageAsked & { tenant: string },
  limit: number,
): Promise<Report> {
  const id = foldId(tenant);
  const { ids, names } = await store.transaction(async tx => {
    const found = await tenantsNamed(tx, tenant, mostTenants + 1);
    const ids = found.length === 0 || found.includes(id) ? [id] : found;
    return { ids, names: await tenantNames(tx, filter.installation, ids) };
  });
  const rows: Row[] = [];
  for (const subscription of ids.slice(0, mostTenants)) {
    const { name = null, account = null } = names.get(subscription) ?? {};
    const theirs = await usageTotals(store, clock, { ...filter, subscription }, by);
    rows.push(...theirs.map(row => rowOf({ ...row, name, account })));
    if (rows.length > limit) break;
  }
  return { columns, rows: rows.slice(0, limit), isWhole: rows.length <= limit && ids.length <= mostTenants };
}

/** A row with null for what does not apply. */
const rowOf = ({ subscription, name, account, period, zone, meter, unit, quantity, items }: TenantUsage): Row => ({
  ...{ subscription: subscription || null, name, account, period: period || null, timeZone: zone },
  ...{ meter, unit: unit || null, quantity, quantities: items },
});

/** A sample a row, with the exact decimal. */
export const usageMetrics = ({ rows }: Report): Metric[] => [
  {
    ...{ name: 'usage', help: 'Usage delivered to billing in the period, added up.' },
    samples: eachOf(['subscription', 'name', 'account', 'period', 'meter', 'unit'], 'quantity', rows),
  },
];
