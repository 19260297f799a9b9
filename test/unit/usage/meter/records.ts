import type { UsageRecord } from '../../../../lib/wap/types';

/** A record of an hour, valid by default. */
export const aRecord = (given: Partial<UsageRecord> = {}): UsageRecord => ({
  EventId: 1,
  ExternalRecordId: 'x1',
  ResourceId: null,
  StartTime: '2026-03-01T10:00:00',
  EndTime: '2026-03-01T11:00:00',
  ProviderName: 'mysqlservers',
  ServiceType: 'Default',
  SubscriptionId: 'sub-1',
  Properties: null,
  Resources: { DatabaseCount: '2' },
  ...given,
});
