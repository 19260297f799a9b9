/** How fast, at what cost of memory and disk, usage records are read and acknowledged, beside the plain ways.
 *  `node -r tsx/cjs bench/usage.ts [records] [sizes,…]`; prints tables for docs/performance.md. */
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import axios from 'axios';
import { type CoreWay, readWithCoreNodes } from './usage-core';
import { type Measured, measure, median, startUsageServer } from './usage-measure';
import { pollAndAcknowledge } from './usage-ours';

const pageSize = 5000;
const runs = 5;

async function main(): Promise<void> {
  const records = Number(process.argv[2] ?? 200_000);
  const sizes = (process.argv[3] ?? '100000,1000000').split(',').map(Number);
  print(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${records} records, pages of ${pageSize}\n`,
  );
  await rates(records);
  print(
    '\n| records | records/s | resident MB: end | highest | store MB | longest stop ms |\n|---|---|---|---|---|---|',
  );
  for (const size of sizes) await memory(size);
}

async function rates(records: number): Promise<void> {
  const server = await startUsageServer(records);
  try {
    print(
      '| way | records/s | of (a) | CPU µs a record | longest stop ms | 99 % below ms |\n|---|---|---|---|---|---|',
    );
    const batch = { pageSize, batchSize: pageSize, isSingle: false };
    const small = Math.min(records, 20_000);
    await readRaw(server.url, records); // both warmed
    await pollAndAcknowledge(server.url, records, batch);
    const raw: Measured[] = [];
    const ours: Measured[] = [];
    for (let run = 0; run < runs; run++) {
      raw.push(await measure(records, () => readRaw(server.url, records)));
      ours.push(await pollAndAcknowledge(server.url, records, batch));
    }
    const base = median(raw).perSecond;
    row('(a) axios + JSON.parse', median(raw), base);
    row('(c) poll → acknowledge, a message a batch', median(ours), base);
    const few = await startUsageServer(small);
    row(
      '(c) poll → acknowledge, a message a record',
      await pollAndAcknowledge(few.url, small, { ...batch, isSingle: true }),
      base,
    );
    few.stop();
    for (const way of ['a message a record', 'a function over the page'] satisfies CoreWay[]) {
      const plain = await startUsageServer(records);
      row(`(b) core nodes, ${way}`, await readWithCoreNodes(plain, records, way), base);
      plain.stop();
    }
  } finally {
    server.stop();
  }
}

async function memory(records: number): Promise<void> {
  const server = await startUsageServer(records);
  try {
    const run = await pollAndAcknowledge(server.url, records, { pageSize, batchSize: pageSize, isSingle: false });
    const figures = [
      run.perSecond,
      run.residentMegabytes,
      run.highestMegabytes,
      run.storeMegabytes,
      run.longestStop ?? 0,
    ];
    print(`| ${[records, ...figures.map(Math.round)].join(' | ')} |`);
  } finally {
    server.stop();
  }
}

async function readRaw(url: string, records: number): Promise<void> {
  const httpAgent = new Agent({ keepAlive: true });
  let seen = 0;
  for (let from = 0; ; ) {
    const address = `${url}/usage?startId=${from}&batchSize=${pageSize}`;
    const { data } = await axios.get<string>(address, {
      httpAgent,
      responseType: 'text',
      transformResponse: [text => text],
    });
    const page = JSON.parse(data) as Array<{ EventId: number }>;
    const last = page.at(-1);
    if (!last) break;
    seen += page.length;
    from = last.EventId + 1;
  }
  httpAgent.destroy();
  if (seen !== records) throw new Error(`${seen} of ${records} records came`);
}

function row(what: string, { perSecond, cpuMicroseconds, longestStop, usualStop }: Measured, base: number): void {
  const cells = [cpuMicroseconds, longestStop, usualStop].map(each => (each === null ? '–' : each.toFixed(1)));
  print(`| ${[what, Math.round(perSecond), (perSecond / base).toFixed(2), ...cells].join(' | ')} |`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  },
);
