/** A state file with letters of every kind in it, as a flow would have left them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/async/clock';
import { EventFeed } from '../../lib/feeds/events/feed';
import { RecordReader } from '../../lib/feeds/records/reader';
import { acquireStore } from '../../lib/state/open';
import { MemoryUsage } from '../unit/feeds/memory-usage';
import { MemoryWap } from '../unit/feeds/memory-wap';

const guid = '8f14e45f-ceea-467f-a8d1-5b2ad38c1d2e';

/** `name` is that of a tenant. Answers the file. */
export async function stateWithLetters(name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-letters-'));
  const file = join(folder, 'state.sqlite');
  const { store, release } = await acquireStore(file, folder, systemClock, () => undefined);
  const key = { store, installation: 'wap.contoso.example', reader: 'billing', clock: systemClock };
  const [usage, wap] = [new MemoryUsage(), new MemoryWap()];
  const reader = new RecordReader({ ...key, usage, options: {} }, () => undefined);
  const feeds = ['plans', 'planServices', 'subscriptions'] as const;
  const options = { parentLimitMs: 0, batchSize: 10 };
  const events = new EventFeed({ ...key, usage: wap, feeds, fetchParent: async () => false, options });
  const account = { AccountAdminLiveEmailId: 'amy.fernandez@contoso.example' };
  wap.raise('subscriptions', { Entity: { SubscriptionID: guid, SubscriptionName: `Contoso ${name}`, ...account } });
  wap.raise('subscriptions', { Entity: { SubscriptionID: 's2', SubscriptionName: 'Fabrikam Residences' } });
  await events.poll();
  await events.settle((await events.next())?.token ?? '', { result: 'delivered' });
  wap.plan('GoldHowas98kwz');
  wap.service('SilverHowa12xyq');
  await events.poll();
  await events.settle((await events.next())?.token ?? '', { result: 'dead', reason: 'The price of Gold is missing.' });
  for (let EventId = 1; EventId <= 60; EventId++) {
    const SubscriptionId = EventId % 3 === 0 ? 's2' : guid;
    const Resources = EventId % 2 === 0 ? { 'CPUAllocationCount.Max': '4', 'MemoryConsumed.Max': '8192.5' } : undefined;
    usage.show({ EventId, SubscriptionId, ...(Resources ? { Resources } : {}) });
  }
  await reader.poll();
  const batch = await reader.next();
  await reader.settle(
    batch?.token ?? '',
    (batch?.records ?? []).map(({ EventId: eventId }) =>
      eventId <= 40
        ? { eventId, result: 'dead', reason: `vm-cpu: The subscription ${guid} is closed since 2026-01-01T00:00:00Z.` }
        : eventId <= 55
          ? { eventId, result: 'dead', reason: `sql-count: ${name} is no meter of this contract.` }
          : { eventId, result: 'waiting', reason: 'The subscription s2 is not mapped to billing yet.' },
    ),
  );
  usage.show({ EventId: 3, ResourceId: 'another' });
  await reader.poll();
  await release();
  return file;
}
