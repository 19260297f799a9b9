import type { RuleRow } from './rule';

/** VM clouds report through System Center. */
const ofVm = { provider: 'systemcenter', serviceType: '*' };
/** A rule for one of the aggregates that VM clouds send of a metric; see `variantOf`. */
const vm = (metric: string, variant: string, rest: Partial<RuleRow> & { meter: string }): RuleRow => ({
  ...ofVm,
  ...{ resource: `${metric}-${variant}`, metric },
  ...rest,
});
/** Space and number of databases are levels: billed by how long they lasted. */
const database = (provider: string, name: string): RuleRow[] => [
  {
    ...{ provider, serviceType: '*', resource: '*', metric: 'TotalAllottedSpace' },
    ...{ meter: `${name}-space`, unit: 'MB-hours', factor: '1', aggregate: 'unit-hours' },
  },
  {
    ...{ provider, serviceType: '*', resource: '*', metric: 'DatabaseCount' },
    ...{ meter: `${name}-databases`, unit: 'database-hours', factor: '1', aggregate: 'unit-hours' },
  },
];
/** Their names speak of bytes, their values are MB. */
const web = (metric: string, meter: string): RuleRow => ({
  ...{ provider: 'webspaces', serviceType: '*', resource: '*', metric },
  ...{ meter, unit: 'MB', factor: '1', aggregate: 'sum' },
});

/** The rules to start from, for the four providers that come with WAP. Levels are billed as value × hours, flows are added up,
 *  and of the aggregates of a VM metric only one is billed. Sources: dn528496, dn448646, SPF; units of VM metrics are assumed. */
export const readyRules: readonly RuleRow[] = [
  ...database('mysqlservers', 'mysql'),
  ...database('sqlservers', 'sql'),
  web('TotalIncomingRequestBytes', 'web-incoming'),
  web('TotalIncomingRequestResponseBytes', 'web-response'),
  web('TotalOutgoingRe*', 'web-outgoing'),
  web('TotalLocalReadBytes', 'web-local-read'),
  web('TotalLocalWrittenBytes', 'web-local-written'),
  web('TotalNetworkReadBytes', 'web-network-read'),
  web('TotalNetworkWrittenBytes', 'web-network-written'),
  vm('CPUAllocationCount', 'Max', { meter: 'vm-cpu', unit: 'core-hours', factor: '1', aggregate: 'unit-hours' }),
  vm('MemoryConsumed', 'Max', { meter: 'vm-memory', unit: 'MB-hours', factor: '1', aggregate: 'unit-hours' }),
  vm('CrossDiskSizeAllocated', 'Average', {
    // 1/2^30, exactly
    ...{ meter: 'vm-storage', unit: 'GB-hours', factor: '0.000000000931322574615478515625', aggregate: 'unit-hours' },
  }),
  // KB a second × hours × 3600 is KB.
  vm('PerNICKBSentPerSecond', 'Average', { meter: 'vm-sent', unit: 'KB', factor: '3600', aggregate: 'unit-hours' }),
  vm('PerNICKBReceivedPerSecond', 'Average', {
    ...{ meter: 'vm-received', unit: 'KB', factor: '3600', aggregate: 'unit-hours' },
  }),
  ...['CPU*', 'Memory*', 'CrossDisk*', 'PerNICKB*'].map(metric => ({
    ...{ ...ofVm, resource: `${metric}-*`, metric, meter: '-' },
  })),
];
