import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/clock';
import { createHttp } from '../lib/http';
import { acquireStore } from '../lib/state/open';
import { settle } from '../lib/usage/delivery';
import { openRecordPoller } from '../lib/usage/records/record-poller';
import { settledOf, tellSettled } from '../lib/usage/settled';
import { openUsage } from '../lib/wap/usage-client';
import { type Measured, measure } from './usage-measure';

export interface OurRun extends Measured {
  storeMegabytes: number;
  /** Resident memory at the end, and its highest value on the way. */
  residentMegabytes: number;
  highestMegabytes: number;
}

export interface OurOptions {
  pageSize: number;
  batchSize: number;
  isSingle: boolean;
}

/** Poll → acknowledge with the settings that ship: every page and every acknowledgement is on disk. */
export async function pollAndAcknowledge(url: string, records: number, options: OurOptions): Promise<OurRun> {
  const folder = await mkdtemp(join(tmpdir(), 'usage-bench-'));
  const { store, release } = await acquireStore('state.sqlite', folder);
  const http = createHttp('WAP', { baseUrl: url, attemptTimeoutMs: 30_000, totalTimeoutMs: 60_000, retries: 0 });
  const closing = new AbortController();
  const settled = settledOf(store);
  let seen = 0;
  let highest = 0;
  const measured = await measure(records, async () => {
    await new Promise<void>((resolve, reject) => {
      const acknowledge = async (token: string) => {
        await settle(store, systemClock, token, { result: 'delivered' });
        tellSettled(settled);
      };
      const poller = openRecordPoller({
        ...{ wap: { installation: 'bench', usage: openUsage(http) }, store, settled, clock: systemClock },
        ...{ consumer: 'bench', owner: 'bench', everyMs: null, signal: closing.signal, start: 'beginning', holeIds: 0 },
        ...{ ...options, maxOpenBatches: 2, redeliveryMs: 600_000 },
        send: ({ delivery, payload }) => {
          seen += Array.isArray(payload) ? payload.length : 1;
          highest = Math.max(highest, process.memoryUsage.rss());
          acknowledge(delivery.token).catch(reject);
        },
        caughtUp: () => resolve(),
        alarm: alarm => reject(new Error(alarm.message)),
        replayed: () => undefined,
        failed: reject,
        show: () => undefined,
      });
      poller.run().catch(reject);
      poller.obey({ command: 'poll' }).catch(reject);
    });
  });
  if (seen !== records) throw new Error(`${seen} of ${records} records came`);
  const storeMegabytes = ['', '-wal'].reduce((sum, end) => sum + sizeOf(join(folder, `state.sqlite${end}`)), 0) / 1e6;
  const residentMegabytes = process.memoryUsage.rss() / 1e6;
  closing.abort();
  http.close();
  await release();
  await rm(folder, { recursive: true, force: true });
  return { ...measured, storeMegabytes, residentMegabytes, highestMegabytes: highest / 1e6 };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
