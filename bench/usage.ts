/** How fast, at what cost of processor, memory and disk, usage records are read, acknowledged and billed, beside the plain
 *  ways. Prints the tables of docs/performance.md.
 *    npx tsx bench/usage.ts [--parts a,b,c,d,memory] [--records 200000] [--singles 20000] [--runs 5]
 *      [--sizes 100000,1000000,10000000] [--page-size 2000] [--major 4] [--profile <folder>] */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Measured, measure, median } from './usage-measure';
import { type NodeRedRun, readWithCoreNodes, readWithOurNodes } from './usage-node-red';
import { pollAndAcknowledge } from './usage-ours';
import { readRaw } from './usage-raw';
import { startUsageServer } from './usage-servers';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'a,b,c,d,memory' },
    records: { type: 'string', default: '200000' },
    singles: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '100000,1000000,10000000' },
    'page-size': { type: 'string', default: '2000' },
    major: { type: 'string', default: '4' },
    profile: { type: 'string' },
  },
});
const parts = new Set(values.parts.split(','));
const records = Number(values.records);
const singles = Number(values.singles);
const pageSize = Number(values['page-size']);

interface Way {
  part: string;
  name: string;
  /** How many records one run reads; a durable write for each takes its time. */
  records: number;
  run(records: number, name: string): Promise<Measured>;
}

const inNodeRed = (some: number, name: string): NodeRedRun => ({
  ...{ major: values.major === '5' ? 5 : 4, records: some, pageSize },
  profile: values.profile === undefined ? null : join(values.profile, `${name.replace(/[^a-z]+/gi, '-')}.cpuprofile`),
});

const ways: Way[] = [
  { part: 'a', name: '(a) axios + JSON.parse, nothing kept', records, run: some => alone(some, readRaw) },
  {
    ...{ part: 'c', name: '(c) poll → acknowledge, a message a batch, without Node-RED', records },
    run: some => alone(some, async (url, of, size) => void (await pollAndAcknowledge(url, of, size))),
  },
  {
    ...{ part: 'b', name: '(b) core nodes, a message a record', records },
    run: (some, name) => readWithCoreNodes(inNodeRed(some, name), 'a message a record'),
  },
  {
    ...{ part: 'b', name: '(b) core nodes, a function over the page', records },
    run: (some, name) => readWithCoreNodes(inNodeRed(some, name), 'a function over the page'),
  },
  {
    ...{ part: 'c', name: '(c) poll → acknowledge, a message a batch', records },
    run: (some, name) => readWithOurNodes(inNodeRed(some, name), { work: 'acknowledge', isSingle: false }),
  },
  {
    ...{ part: 'c', name: '(c) poll → acknowledge, a message a record', records: singles },
    run: (some, name) => readWithOurNodes(inNodeRed(some, name), { work: 'acknowledge', isSingle: true }),
  },
  {
    ...{ part: 'd', name: '(d) poll → meter → send, a message a batch', records },
    run: (some, name) => readWithOurNodes(inNodeRed(some, name), { work: 'bill', isSingle: false }),
  },
  {
    ...{ part: 'd', name: '(d) poll → meter → send, a message a record', records: singles },
    run: (some, name) => readWithOurNodes(inNodeRed(some, name), { work: 'bill', isSingle: true }),
  },
];

async function main(): Promise<void> {
  print(`Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)},`);
  print(`pages of ${pageSize}, median of ${values.runs} runs, the ways in turn.\n`);
  await rates(ways.filter(({ part }) => parts.has(part)));
  if (parts.has('memory')) await memory(values.sizes.split(',').map(Number));
}

/** In turn, so that what else the machine does meets all of them alike. */
async function rates(chosen: Way[]): Promise<void> {
  const results = new Map<Way, Measured[]>(chosen.map(way => [way, []]));
  for (let run = 0; run < Number(values.runs); run++)
    for (const way of chosen) {
      const result = await way.run(way.records, way.name);
      results.get(way)?.push(result);
      process.stderr.write(`${way.name}: ${Math.round(result.perSecond)} a second\n`);
    }
  print(
    '| way | records/s | of (a) | of (b) a record | CPU µs a record | longest stop ms | of it own | own stops > 50 ms |',
  );
  print('|---|---|---|---|---|---|---|---|');
  const medians = new Map([...results].map(([way, runs]) => [way, median(runs)]));
  const rateOf = (start: string) => [...medians].find(([{ name }]) => name.startsWith(start))?.[1].perSecond ?? null;
  const [raw, core] = [rateOf('(a)'), rateOf('(b) core nodes, a message a record')];
  for (const [{ name }, figures] of medians) {
    const { perSecond, cpuMicroseconds } = figures;
    const of = (base: number | null) => (base === null ? '–' : (perSecond / base).toPrecision(2));
    const all = results.get([...medians.keys()].find(way => way.name === name) as Way) ?? [];
    const longest = Math.max(...all.map(({ longestStop }) => longestStop));
    const own = Math.max(...all.map(({ longestOwn }) => longestOwn));
    const stops = all.reduce((sum, { ownStops }) => sum + ownStops, 0);
    const cells = [name, Math.round(perSecond), of(raw), of(core), cpuMicroseconds.toFixed(1)];
    print(`| ${[...cells, Math.round(longest), Math.round(own), stops].join(' | ')} |`);
  }
}

async function memory(sizes: number[]): Promise<void> {
  print('\n| records | records/s | resident MB | store MB |\n|---|---|---|---|');
  const server = await startUsageServer(Math.max(...sizes));
  const args = ['-r', 'tsx/cjs', join(__dirname, 'usage-memory.ts'), server.url, sizes.join(','), String(pageSize)];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  await server.stop();
  if (code !== 0) throw new Error('the run did not come to its end');
}

/** In this process, warmed by a tenth. */
async function alone(some: number, read: (url: string, of: number, size: number) => Promise<void>): Promise<Measured> {
  const [warm, server] = [await startUsageServer(Math.ceil(some / 10)), await startUsageServer(some)];
  try {
    await read(warm.url, Math.ceil(some / 10), pageSize);
    return await measure(some, () => read(server.url, some, pageSize));
  } finally {
    await Promise.all([warm.stop(), server.stop()]);
  }
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
