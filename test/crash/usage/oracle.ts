/** What billing must hold for WAP's records, worked out here by itself from the documents of the providers, and compared
 *  with what it holds. Nothing of the product takes part. */
import Big from 'big.js';
import type { UsageRecord } from '../../../lib/wap/types';
import type { LedgerRecord } from '../../../simulator/billing/options';

export interface Bill {
  key: string;
  subscription: string;
  meter: string;
  quantity: string;
  startTime: string;
  endTime: string;
}

/** What is wrong, by key. */
export interface Difference {
  lost: string[];
  twice: string[];
  wrong: string[];
}

const Exact = Big();
Exact.DP = 12;
Exact.RM = Big.roundHalfUp;

interface Way {
  meter: string;
  /** Billed is value × factor × hours; without it, the value. */
  hourly?: string;
}

/** Resource, or for other providers than VMs the metric → how it is billed. */
const ways: Record<string, Record<string, Way>> = {
  sqlservers: {
    TotalAllottedSpace: { meter: 'sql-space', hourly: '1' },
    DatabaseCount: { meter: 'sql-databases', hourly: '1' },
  },
  mysqlservers: {
    TotalAllottedSpace: { meter: 'mysql-space', hourly: '1' },
    DatabaseCount: { meter: 'mysql-databases', hourly: '1' },
  },
  webspaces: {
    TotalIncomingRequestBytes: { meter: 'web-incoming' },
    TotalIncomingRequestResponseBytes: { meter: 'web-response' },
    TotalLocalReadBytes: { meter: 'web-local-read' },
    TotalLocalWrittenBytes: { meter: 'web-local-written' },
    TotalNetworkReadBytes: { meter: 'web-network-read' },
    TotalNetworkWrittenBytes: { meter: 'web-network-written' },
  },
  systemcenter: {
    'CPUAllocationCount-Max': { meter: 'vm-cpu', hourly: '1' },
    'MemoryConsumed-Max': { meter: 'vm-memory', hourly: '1' },
    'CrossDiskSizeAllocated-Average': { meter: 'vm-storage', hourly: '0.000000000931322574615478515625' },
    'PerNICKBSentPerSecond-Average': { meter: 'vm-sent', hourly: '3600' },
    'PerNICKBReceivedPerSecond-Average': { meter: 'vm-received', hourly: '3600' },
  },
};

/** `records` without what a provider sent twice. */
export function billsFor(records: Iterable<UsageRecord>, installation: string): Bill[] {
  return [...records].flatMap(record =>
    Object.entries(record.Resources).flatMap(([metric, value]) => {
      const name = record.ProviderName === 'systemcenter' ? (record.ResourceId ?? '') : metric;
      const way = ways[record.ProviderName ?? '']?.[name];
      if (!way || typeof value !== 'string' || !/^\d+(\.\d+)?$/.test(value)) return [];
      const [start, end] = [utc(record.StartTime), utc(record.EndTime)];
      const amount = new Exact(value);
      const billed = way.hourly
        ? amount
            .times(way.hourly)
            .times(end - start)
            .div(3_600_000)
        : amount;
      return [
        {
          key: `${installation}/usage/${record.EventId}/${way.meter}`,
          subscription: `b-${record.SubscriptionId}`,
          meter: way.meter,
          quantity: billed.toFixed(),
          startTime: new Date(start).toISOString(),
          endTime: new Date(end).toISOString(),
        },
      ];
    }),
  );
}

/** Whatever `held` has beside `wanted` was billed twice, or should not have been. */
export function compare(wanted: readonly Bill[], held: readonly LedgerRecord[]): Difference {
  const difference: Difference = { lost: [], twice: [], wrong: [] };
  const open = new Map(wanted.map(bill => [bill.key, bill]));
  for (const entry of held) {
    const bill = open.get(entry.id);
    if (!bill) {
      difference.twice.push(entry.id);
      continue;
    }
    open.delete(entry.id);
    const isSame =
      entry.subscription === bill.subscription &&
      entry.meter === bill.meter &&
      String(entry.quantity) === bill.quantity &&
      entry.startTime === bill.startTime &&
      entry.endTime === bill.endTime &&
      entry.adjustment === false;
    if (!isSame) difference.wrong.push(`${entry.id}: ${JSON.stringify(entry)} instead of ${JSON.stringify(bill)}`);
  }
  difference.lost.push(...open.keys());
  return difference;
}

/** What must be added up: by subscription, meter and day, the sum of what billing has. */
export function totalsFor(ledger: readonly LedgerRecord[]): Map<string, string> {
  const sums = new Map<string, Big>();
  for (const { subscription, meter, startTime, quantity } of ledger) {
    const key = `${subscription}/${meter}/${String(startTime).slice(0, 10)}`;
    sums.set(key, (sums.get(key) ?? new Exact(0)).plus(String(quantity)));
  }
  return new Map([...sums].map(([key, sum]) => [key, sum.toFixed()]));
}

/** What differs, by key. */
export function differingTotals(wanted: ReadonlyMap<string, string>, held: ReadonlyMap<string, string>): string[] {
  const keys = new Set([...wanted.keys(), ...held.keys()]);
  return [...keys]
    .filter(key => wanted.get(key) !== held.get(key))
    .map(key => `total ${key}: ${held.get(key)} instead of ${wanted.get(key)}`);
}

/** WAP writes times without a zone; they are UTC. */
const utc = (text: string): number => Date.parse(`${text.slice(0, 23)}Z`);
