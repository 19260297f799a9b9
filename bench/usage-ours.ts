import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/async/clock';
import { openRecordPoller } from '../lib/feeds/records/poller';
import { settle } from '../lib/feeds/settle/settle';
import { settledOf, tellSettled } from '../lib/feeds/settled';
import { createHttp } from '../lib/http/client';
import { acquireStore } from '../lib/state/open';
import { openUsage } from '../lib/wap/client/usage-client';
import { type Measured, measure } from './usage-measure';

/** Where a run stood when so many records had gone out. */
export interface Checkpoint {
  records: number;
  /** Since the checkpoint before. */
  perSecond: number;
  /** Resident memory: the median over the tenth of the records before, because it goes up and down with the collector. */
  residentMegabytes: number;
  storeMegabytes: number;
}

/** Poll → acknowledge in this process, with the settings that ship: every page and every acknowledgement is on disk. */
export async function pollAndAcknowledge(
  url: string,
  records: number,
  pageSize: number,
  watch: (seen: number, folder: string) => void = () => undefined,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'usage-bench-'));
  const { store, release } = await acquireStore('state.sqlite', folder);
  const http = createHttp('WAP', { baseUrl: url, attemptTimeoutMs: 30_000, totalTimeoutMs: 60_000, retries: 0 });
  const closing = new AbortController();
  const settled = settledOf(store);
  let seen = 0;
  const measured = await measure(records, async () => {
    await new Promise<void>((resolve, reject) => {
      const acknowledge = async (token: string) => {
        await settle(store, systemClock, token, { result: 'delivered' });
        tellSettled(settled);
      };
      const poller = openRecordPoller({
        ...{ wap: { installation: 'bench', usage: openUsage(http) }, store, settled, clock: systemClock },
        ...{ reader: 'bench', owner: 'bench', everyMs: null, signal: closing.signal, start: 'beginning', holeIds: 0 },
        ...{ pageSize, batchSize: pageSize, isSingle: false, maxOpenBatches: 2, redeliveryMs: 600_000 },
        overlapMs: 900_000,
        missingMs: 86_400_000,
        retentionMs: 0,
        send: ({ delivery, payload }) => {
          seen += Array.isArray(payload) ? payload.length : 1;
          watch(seen, folder);
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
  closing.abort();
  http.close();
  await release();
  await rm(folder, { recursive: true, force: true });
  return measured;
}

/** One run over the largest of `sizes`, with what it needed at each of them. */
export async function memoryAt(
  url: string,
  sizes: readonly number[],
  pageSize: number,
  tell: (at: Checkpoint) => void,
) {
  const open = [...sizes].sort((a, b) => a - b);
  let before = { records: 0, at: performance.now() };
  let samples: number[] = [];
  await pollAndAcknowledge(url, open.at(-1) ?? 0, pageSize, (seen, folder) => {
    const next = open[0] ?? 0;
    if (seen > next * 0.9) samples.push(process.memoryUsage.rss() / 1e6);
    if (seen < next) return;
    open.shift();
    const now = { records: seen, at: performance.now() };
    const perSecond = ((seen - before.records) * 1000) / (now.at - before.at);
    const residentMegabytes = samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
    tell({ records: seen, perSecond, residentMegabytes, storeMegabytes: storeMegabytes(folder) });
    before = now;
    samples = [];
  });
}

function storeMegabytes(folder: string): number {
  const sizeOf = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
  return (sizeOf('state.sqlite') + sizeOf('state.sqlite-wal')) / 1e6;
}
