import assert from 'node:assert/strict';
import type { UsageRecord } from '../../../lib/wap/types';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import type { UsagePlan } from '../../../simulator/wap/usage/options';
import { call, manualClock } from './support';

const dayMs = 86_400_000;

describe('the simulated usage', () => {
  let clock: ReturnType<typeof manualClock>;
  let wap: WapSimulator;
  beforeEach(async () => {
    clock = manualClock();
    wap = await startWapSimulator({ ports: 0, clock });
  });
  afterEach(() => wap.close());

  async function page(startId: number, batchSize: number, from = wap): Promise<UsageRecord[]> {
    const { usageUser, usagePassword } = from.credentials;
    const authorization = `Basic ${Buffer.from(`${usageUser}:${usagePassword}`).toString('base64')}`;
    const url = `${from.usageUrl}/usage?startId=${startId}&batchSize=${batchSize}`;
    const { status, body } = await call('GET', url, { headers: { authorization } });
    assert.ok(status === 200 && Array.isArray(body), `answered ${status}`);
    return body;
  }

  /** As a client reads: page by page, on from the highest id. */
  async function readAll(batchSize: number): Promise<UsageRecord[]> {
    const all: UsageRecord[] = [];
    for (let startId = 0; ; startId = Math.max(...all.map(record => record.EventId)) + 1) {
      const records = await page(startId, batchSize);
      if (records.length === 0) return all;
      all.push(...records);
    }
  }

  const ids = (records: Iterable<UsageRecord>): number[] => Array.from(records, record => record.EventId);
  const seed = (plan: Partial<UsagePlan> = {}) => wap.seed({ usage: { count: 2000, ...plan } });

  it('holds all providers and odd values, and is what the oracle expects', async () => {
    seed({ oddShare: 0.1, duplicateShare: 0.05 });
    const records = await readAll(300);
    const sorted = [...records].sort((left, right) => left.EventId - right.EventId);
    assert.deepEqual(sorted, [...wap.expectedUsage()]);
    assert.equal(records.length, 2000);
    assert.deepEqual([...new Set(records.map(record => record.ProviderName))].sort(), [
      'backupvault',
      'mysqlservers',
      'sqlservers',
      'systemcenter',
      'webspaces',
    ]);
    const values = new Set(records.flatMap(record => Object.values(record.Resources)));
    for (const odd of ['NaN', '', '-12.5']) assert.ok(values.has(odd), `no ${odd}`);
    assert.ok(
      [...values].some(value => /\.\d{25,}$/.test(value)),
      'no value with many digits',
    );
  });

  it('shows each provider as it is documented', () => {
    seed({ oddShare: 0 });
    for (const record of wap.expectedUsage()) {
      assert.deepEqual(Object.keys(record), [
        'EventId',
        'ExternalRecordId',
        'ResourceId',
        'StartTime',
        'EndTime',
        'ProviderName',
        'ServiceType',
        'SubscriptionId',
        'Properties',
        'Resources',
      ]);
      for (const time of [record.StartTime, record.EndTime]) assert.match(time, /^2026-\d\d-\d\dT[\d:]{8}(\.113)?$/);
      if (record.ProviderName !== 'systemcenter') continue;
      const [metric] = Object.keys(record.Resources);
      assert.match(String(record.ResourceId), new RegExp(`^${metric}-(Min|Max|Median|Average)$`));
      assert.equal(record.Properties?.Subscriber, record.SubscriptionId);
      assert.match(String(record.Properties?.['Metered Service']), /^(VM|Cloud) Utilization$/);
      assert.equal('VNIC' in (record.Properties ?? {}), metric?.startsWith('PerNIC'));
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const other = await startWapSimulator({ ports: 0, clock });
    try {
      seed({ seed: 7 });
      other.seed({ usage: { count: 2000, seed: 7 } });
      assert.deepEqual(await page(0, 500), await page(0, 500, other));
      other.seed({ usage: { count: 2000, seed: 8 } });
      assert.notDeepEqual(await page(0, 500), await page(0, 500, other));
    } finally {
      await other.close();
    }
  });

  it('has gaps in its ids, and pages out of their order, the same at every reading', async () => {
    seed();
    const first = ids(await page(0, 500));
    const sorted = [...first].sort((left, right) => left - right);
    assert.notDeepEqual(first, sorted);
    assert.deepEqual(ids(await page(0, 500)), first);
    assert.ok((sorted.at(-1) ?? 0) > 600, 'no gaps');
    assert.deepEqual(ids(await page(sorted[499] ?? 0, 1)), [sorted[499]]);
  });

  it('can come in order and without gaps', async () => {
    seed({ idGap: 0, unordered: false });
    assert.deepEqual(ids(await page(11, 5)), [11, 12, 13, 14, 15]);
  });

  it('repeats records of a provider under new ids, which the oracle can leave out', () => {
    seed({ duplicateShare: 0.1, oddShare: 0 });
    const all = [...wap.expectedUsage()];
    const contents = (records: UsageRecord[]) =>
      new Set(records.map(({ EventId: _id, ...rest }) => JSON.stringify(rest)));
    const once = [...wap.expectedUsage({ withoutDuplicates: true })];
    assert.ok(all.length - once.length > 100);
    assert.equal(contents(all).size, once.length);
    assert.deepEqual(contents(once), contents(all));
  });

  it('shows late records after their time, with ids below those that were read', async () => {
    seed({ lateShare: 0.2, lateMs: 1000 });
    const early = ids(await readAll(400));
    clock.advance(1000);
    const all = ids(await readAll(400));
    assert.equal(all.length, 2000);
    const late = all.filter(id => !early.includes(id));
    assert.ok(late.length > 300 && Math.min(...late) < Math.max(...early));
    const at = clock.now() - 1;
    assert.deepEqual(
      ids(wap.expectedUsage({ at })),
      early.sort((left, right) => left - right),
    );
  });

  it('appears little by little at a rate', async () => {
    seed({ perMinute: 60 });
    assert.equal((await readAll(1000)).length, 1);
    clock.advance(99_000);
    assert.equal((await readAll(1000)).length, 100);
    clock.advance(dayMs);
    assert.equal((await readAll(1000)).length, 2000);
  });

  it('deletes by age: the oldest hours first, at last everything', async () => {
    seed({ hours: 10 * 24 });
    const before = await readAll(1000);
    clock.advance(35 * dayMs);
    const after = await readAll(1000);
    assert.equal(after.length, 1008); // 121 of 240 hours: the one that ends 40 days ago is still there
    assert.ok(Math.min(...ids(after)) > Math.min(...ids(before)));
    assert.equal(ids(wap.expectedUsage()).length, 1008);
    clock.advance(10 * dayMs);
    assert.deepEqual(await page(0, 10_000), []);
  });

  it('names the subscriptions that WAP holds', () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold' }], herd: { count: 4 } });
    seed();
    const known = wap.state.subscriptions.map(subscription => subscription.SubscriptionID).sort();
    const named = new Set(Array.from(wap.expectedUsage(), record => record.SubscriptionId));
    assert.deepEqual([...named].sort(), known);
  });

  it('reaches the last of ten million records', async () => {
    seed({ count: 10_000_000, idGap: 2 });
    const [last, ...more] = await page(29_999_998, 10_000);
    assert.deepEqual([last?.ExternalRecordId, more], ['10099999', []]);
    assert.equal((await page(15_000_000, 10_000)).length, 10_000);
  });

  it('can be put in record by record, also late, conflicting and among planned ones', async () => {
    const mine = { SubscriptionId: 's-1', Resources: { Requests: '7' } };
    wap.seed({ usage: [{ ...mine, EventId: 5 }, { ...mine }, { ...mine, EventId: 3, availableAt: clock.now() + 10 }] });
    assert.deepEqual(ids(await page(0, 10)), [5, 6]);
    clock.advance(10);
    assert.deepEqual(ids(await page(0, 10)), [3, 5, 6]);
    wap.seed({ usage: [{ ...mine, EventId: 5, Resources: { Requests: '8' } }] });
    const [, changed] = await page(0, 10);
    assert.deepEqual(changed?.Resources, { Requests: '8' });
    seed({ count: 4, idGap: 0, unordered: false, duplicateShare: 0 });
    assert.deepEqual(
      (await page(0, 10)).map(record => [record.EventId, record.SubscriptionId === 's-1']),
      [
        [1, false],
        [2, false],
        [3, true],
        [4, false],
        [5, true],
        [6, true],
      ],
    );
  });

  it('is read from the page kept for it only while that is true', async () => {
    seed({ hours: 1, idGap: 0, unordered: false });
    const first = await page(1, 10);
    assert.deepEqual(await page(1, 10), first);
    wap.seed({ usage: [{ EventId: 4, SubscriptionId: 's-1' }] });
    assert.equal((await page(1, 10))[3]?.SubscriptionId, 's-1');
    clock.advance(41 * dayMs);
    assert.deepEqual(await page(1, 10), []);
  });

  it('meets faults like every route', async () => {
    seed();
    wap.faults.add({ kind: 'status', path: '/usage', status: 503 });
    wap.faults.add({ kind: 'cut-json', path: '/usage' });
    await assert.rejects(page(0, 10), /answered 503/);
    await assert.rejects(page(0, 10));
    assert.equal((await page(0, 10)).length, 10);
  });

  for (const wrong of [{ count: 1.5 }, { subscriptions: [] }, { hours: 0 }, { perMinute: 0 }]) {
    it(`refuses a plan with ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => seed(wrong));
    });
  }
});
