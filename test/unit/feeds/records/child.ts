/** Reads 60 records, delivers them to a ledger file and settles them; kills itself at the n-th passing of a point.
 *  Arguments: state file, ledger file, point, n. */
import { appendFileSync } from 'node:fs';
import { systemClock } from '../../../../lib/async/clock';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import { migrate } from '../../../../lib/state/migrate';
import { openSqlite } from '../../../../lib/state/sqlite/store';
import { MemoryUsage } from '../memory-usage';

export const points = ['fetched', 'stored', 'emitted', 'billed', 'half settled', 'settled'] as const;
export type Point = (typeof points)[number];

async function main([file = '', ledger = '', killAt = '', count = '1']: string[]): Promise<void> {
  let left = Number(count);
  const pass = (point: Point) => {
    if (point === killAt && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const wap = new MemoryUsage();
  wap.showAll(1, 60);
  const usage = {
    records: async (startId: number, batchSize: number) => {
      const page = await wap.records(startId, batchSize);
      pass('fetched');
      return page;
    },
  };
  const store = await openSqlite(file);
  await migrate(store, Date.now());
  const options = { pageSize: 10, batchSize: 5, overlap: 3, maxOpenBatches: 1, keepRecords: 0, keepMs: 0 };
  const feed = new RecordFeed({ store, usage, installation: 'wap', reader: 'billing', clock: systemClock, options });
  for (let stopped: string | null = 'pages'; stopped !== null; ) {
    stopped = (await feed.poll()).stopped;
    pass('stored');
    for (let batch = await feed.next(); batch; batch = await feed.next()) {
      pass('emitted');
      for (const { EventId } of batch.records) appendFileSync(ledger, `billed ${EventId}\n`);
      pass('billed');
      const [first, ...rest] = batch.records.map(record => record.EventId);
      await feed.settle(batch.token, [{ eventId: first ?? -1, result: 'delivered' }]);
      appendFileSync(ledger, `settled ${first}\n`);
      pass('half settled');
      await feed.settle(batch.token, { result: 'delivered' });
      for (const id of rest) appendFileSync(ledger, `settled ${id}\n`);
      pass('settled');
    }
  }
  const { feeds } = await feed.status();
  appendFileSync(ledger, `delivered up to ${feeds[0]?.delivered}\n`);
  await store.close();
}

if (require.main === module) void main(process.argv.slice(2));
