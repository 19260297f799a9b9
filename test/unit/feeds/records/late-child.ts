/** Reads records, delivers them to a ledger file and settles them, while WAP shows one late and is then restored; kills
 *  itself at the n-th passing of a point. Arguments: state file, ledger file, point, n. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { AdapterError } from '../../../../lib/errors';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import { migrate } from '../../../../lib/state/migrate';
import { openSqlite } from '../../../../lib/state/sqlite/store';
import { MemoryUsage } from '../memory-usage';

export const points = ['fetched', 'stored', 'emitted', 'billed', 'settled', 'begun anew'] as const;
export type Point = (typeof points)[number];

/** WAP goes on from one to the next, and never back. */
const phases = ['7 is missing', '7 is there', 'restored'] as const;

/** 1 to 60; restored to 50, with 51 to 55 anew. */
function wapIn(phase: number): MemoryUsage {
  const wap = new MemoryUsage();
  wap.showAll(1, phase < 2 ? 60 : 50);
  if (phase === 0) wap.shown.delete(7);
  for (let id = 51; phase === 2 && id <= 55; id++) wap.show({ EventId: id, ExternalRecordId: `new${id}` });
  return wap;
}

async function main([file = '', ledger = '', killAt = '', count = '1']: string[]): Promise<void> {
  let left = Number(count);
  const pass = (point: Point) => {
    if (point === killAt && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const note = (line: string) => appendFileSync(ledger, `${line}\n`);
  const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8') : '';
  let phase = phases.findLastIndex((_, index) => index === 0 || lines.includes(`phase ${index}`));
  let wap = wapIn(phase);
  const usage = {
    records: async (startId: number, batchSize: number) => {
      const page = await wap.records(startId, batchSize);
      pass('fetched');
      return page;
    },
  };
  const clock = { now: () => Date.UTC(2026, 0, 2) + phase * 120_000, sleep: async () => undefined };
  const store = await openSqlite(file);
  await migrate(store, clock.now());
  const options = { pageSize: 10, batchSize: 5, overlap: 3, maxOpenBatches: 1, keepRecords: 0, keepMs: 0 };
  const feed = new RecordFeed({ store, usage, installation: 'wap', reader: 'billing', clock, options });
  const drain = async () => {
    for (let stopped: string | null = 'pages'; stopped !== null; ) {
      const read = await feed.poll();
      const [failure] = read.failures;
      if (failure) return failure.error;
      stopped = read.stopped;
      pass('stored');
      for (let batch = await feed.next(); batch; batch = await feed.next()) {
        pass('emitted');
        for (const { EventId } of batch.records) note(`billed ${EventId}`);
        pass('billed');
        await feed.settle(batch.token, { result: 'delivered' });
        for (const { EventId } of batch.records) note(`settled ${EventId}`);
        pass('settled');
      }
    }
    return null;
  };
  for (;;) {
    const failure = await drain();
    if (failure) {
      if (!(failure instanceof AdapterError && failure.code === 'WAP_WENT_BACK')) throw failure;
      await feed.beginAnew(48);
      pass('begun anew');
    } else if (phase === phases.length - 1) break;
    else {
      phase += 1;
      wap = wapIn(phase);
      note(`phase ${phase}`);
    }
  }
  const { feeds } = await feed.status();
  note(`delivered up to ${feeds[0]?.delivered}`);
  await store.close();
}

if (require.main === module) void main(process.argv.slice(2));
