import { recordPage } from '../../../lib/wap/client/read-record';
import type { RecordPage } from '../../../lib/wap/client/usage';
import type { UsageRecord } from '../../../lib/wap/types';

export function aUsageRecord(of: Partial<UsageRecord> & { EventId: number }): UsageRecord {
  return {
    ExternalRecordId: `x${of.EventId}`,
    ResourceId: null,
    StartTime: '2026-01-01T00:00:00',
    EndTime: '2026-01-01T01:00:00',
    ProviderName: 'sqlservers',
    ServiceType: 'Default',
    SubscriptionId: 's1',
    Properties: null,
    Resources: { DatabaseCount: '1' },
    ...of,
  };
}

/** WAP's `/usage` in memory. */
export class MemoryUsage {
  readonly shown = new Map<number, UsageRecord>();
  /** First ids asked for. */
  readonly calls: number[] = [];
  /** Called before a page is answered; may throw. */
  before: (startId: number) => void | Promise<void> = () => undefined;

  show(of: Partial<UsageRecord> & { EventId: number }): UsageRecord {
    const record = aUsageRecord(of);
    this.shown.set(record.EventId, record);
    return record;
  }

  /** Records from one id to another, both included. */
  showAll(from: number, to: number): void {
    for (let id = from; id <= to; id++) this.show({ EventId: id });
  }

  async records(startId: number, batchSize: number): Promise<RecordPage> {
    this.calls.push(startId);
    await this.before(startId);
    const rows = [...this.shown.values()].filter(row => row.EventId >= startId);
    return recordPage(structuredClone(rows.sort((a, b) => a.EventId - b.EventId).slice(0, batchSize)));
  }
}
