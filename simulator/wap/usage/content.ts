import { chanceOf, guidOf, hashOf } from './hash';
import type { FullUsagePlan, UsageSlots } from './slots';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const use = { subscription: 21, provider: 22, metric: 23, value: 24, odd: 25, oddText: 26, machine: 27, digits: 28 };

/** Texts that no adapter should bill (of whatever provider). */
const oddTexts = ['NaN', '-12.5', '', '-0.001'];

/** VM-cloud metrics (SPF) with their aggregates and a typical highest value. */
const vmMetrics: Array<[metric: string, aggregates: string[], highest: number, decimals: number]> = [
  ['CPUAllocationCount', ['Min', 'Max'], 16, 0],
  ['MemoryAllocated', ['Min', 'Max'], 65_536, 0],
  ['MemoryConsumed', ['Min', 'Max', 'Median'], 65_536, 3],
  ['CPUPercentUtilization', ['Min', 'Median'], 100, 2],
  ['CrossDiskIOPerSecond', ['Min', 'Max', 'Median'], 5000, 4],
  ['CrossDiskSizeAllocated', ['Min', 'Max', 'Average'], 4_000_000_000, 0],
  ['PerNICKBSentPerSecond', ['Min', 'Max', 'Median', 'Average'], 90_000, 6],
  ['PerNICKBReceivedPerSecond', ['Min', 'Max', 'Median', 'Average'], 90_000, 6],
];
const vmKinds = vmMetrics.flatMap(([metric, aggregates, highest, decimals]) =>
  aggregates.map(aggregate => ({ metric, resourceId: `${metric}-${aggregate}`, highest, decimals })),
);
/** Names of machines and network cards are GUIDs (SPF). */
const machineNames = [0, 1, 2].map(index => guidOf(5, index));
const cardNames = [0, 1, 2].map(index => guidOf(7, index));
const webMeters = [
  'TotalIncomingRequestBytes',
  'TotalIncomingRequestResponseBytes',
  'TotalLocalReadBytes',
  'TotalLocalWrittenBytes',
  'TotalNetworkReadBytes',
  'TotalNetworkWrittenBytes',
];

interface Times {
  vm: string;
  sql: string;
  mysql: string;
  web: string;
}

/** Writes the records of a plan as JSON, each from its index (API names: dn528496, SPF). */
export class UsageContent {
  readonly #slots: UsageSlots;
  readonly #plan: FullUsagePlan;
  readonly #ids: string[];
  readonly #times = new Map<number, Times>();

  constructor(slots: UsageSlots) {
    this.#slots = slots;
    this.#plan = slots.plan;
    const { subscriptions } = this.#plan;
    this.#ids = Array.isArray(subscriptions)
      ? subscriptions
      : Array.from({ length: subscriptions }, (_none, index) => guidOf(0, index));
  }

  /** One record, as it stands in a page. */
  json(index: number): string {
    const source = this.#slots.source(index);
    const { seed } = this.#plan;
    const subscription = this.#ids[hashOf(seed, source, use.subscription) % this.#ids.length] ?? '';
    const times = this.#timesOf(this.#slots.hourEnd(source));
    const head = `{"EventId":${this.#slots.id(index)},"ExternalRecordId":"${100_000 + source}",`;
    const share = hashOf(seed, source, use.provider) % 100;
    if (share < 60) return head + this.#vm(source, subscription, times);
    if (share < 72) return head + this.#web(source, subscription, times);
    if (share < 84) return head + this.#databases(source, subscription, times.sql, 'sqlservers', 'Default');
    if (share < 96) return head + this.#databases(source, subscription, times.mysql, 'mysqlservers', 'Default');
    return `${head}"ResourceId":null,${times.vm}"ProviderName":"backupvault","ServiceType":"Standard","SubscriptionId":"${subscription}","Properties":null,"Resources":{"ProtectedItems":"${this.#value(source, 0, 40, 0)}"}}`;
  }

  #vm(source: number, subscription: string, times: Times): string {
    const { seed } = this.#plan;
    const kind = vmKinds[hashOf(seed, source, use.metric) % vmKinds.length];
    if (!kind) throw new Error('No VM metric is known.');
    const machine = hashOf(seed, source, use.machine);
    const cloud = machine % 8 === 0;
    const nic = kind.metric.startsWith('PerNIC') ? `,"VNIC":"${cardNames[machine % 3]}"` : '';
    return `"ResourceId":"${kind.resourceId}",${times.vm}"ProviderName":"systemcenter","ServiceType":"${cloud ? 'Cloud' : 'VirtualMachine'}","SubscriptionId":"${subscription}","Properties":{"Subscriber":"${subscription}","Metered Service":"${cloud ? 'Cloud' : 'VM'} Utilization","VMName":"${machineNames[machine % 3]}"${nic}},"Resources":{"${kind.metric}":"${this.#value(source, 0, kind.highest, kind.decimals)}"}}`;
  }

  #web(source: number, subscription: string, times: Times): string {
    const meters = webMeters.map((meter, part) => `"${meter}":"${this.#value(source, part, 500, 2)}"`);
    const site = `site-${hashOf(this.#plan.seed, source, use.machine) % 5}`;
    return `"ResourceId":"${site}",${times.web}"ProviderName":"webspaces","ServiceType":"Shared","SubscriptionId":"${subscription}","Properties":null,"Resources":{${meters.join(',')}}}`;
  }

  #databases(source: number, subscription: string, period: string, provider: string, type: string): string {
    const space = this.#value(source, 0, 2048, 0);
    return `"ResourceId":null,${period}"ProviderName":"${provider}","ServiceType":"${type}","SubscriptionId":"${subscription}","Properties":null,"Resources":{"TotalAllottedSpace":"${space}","DatabaseCount":"${this.#value(source, 1, 9, 0)}"}}`;
  }

  /** Only a record's first value can be odd, or have many digits. */
  #value(source: number, part: number, highest: number, decimals: number): string {
    const { seed, oddShare } = this.#plan;
    const chance = part > 0 ? 1 : chanceOf(seed, source, use.odd);
    if (chance < oddShare) return oddTexts[hashOf(seed, source, use.oddText) % oddTexts.length] ?? '';
    const value = hashOf(seed, source, use.value + 100 * part);
    const whole = value % (highest + 1);
    if (chance < 2 * oddShare) return `${whole}.${digits(seed, source)}`;
    if (decimals === 0) return String(whole);
    return `${whole}.${String(value >>> 8).slice(0, decimals)}`;
  }

  #timesOf(hourEnd: number): Times {
    const known = this.#times.get(hourEnd);
    if (known) return known;
    const period = (start: number, end: number, fraction = ''): string =>
      `"StartTime":"${time(start)}${fraction}","EndTime":"${time(end)}${fraction}",`;
    const midnight = Math.floor(hourEnd / dayMs) * dayMs;
    const sqlEnd = hourEnd - 118_000;
    const times = {
      vm: period(hourEnd - hourMs, hourEnd),
      sql: period(sqlEnd - hourMs, sqlEnd),
      mysql: period(hourEnd - 290_000, hourEnd - 175_000),
      web: period(midnight - dayMs, midnight, '.113'),
    };
    this.#times.set(hourEnd, times);
    return times;
  }
}

function digits(seed: number, source: number): string {
  return [0, 1, 2].map(part => String(hashOf(seed, source, use.digits + part)).padStart(10, '0')).join('');
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
