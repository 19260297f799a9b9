import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../lib/async/clock';
import { importMapping } from '../lib/mapping/import';
import { Mapping } from '../lib/mapping/mapping';
import { acquireStore } from '../lib/state/open';
import { type NodeRed, startNodeRed } from '../test/harness/node-red';
import { claimPort } from '../test/harness/ports';
import type { Major } from '../test/harness/repository';
import { type CoreWay, coreFlow, type OurWay, ourFlow } from './usage-flows';
import { type Measured, ofRecords } from './usage-measure';
import type { Figures } from './usage-probe.cjs';
import { startBillingServer, startUsageServer, type UsageServer } from './usage-servers';

export interface NodeRedRun {
  major: Major;
  records: number;
  pageSize: number;
  /** Where a profile of the run goes; null: none is made. */
  profile: string | null;
}

/** Core nodes of a real Node-RED. The second of two runs counts, when the code is warm. */
export async function readWithCoreNodes(run: NodeRedRun, way: CoreWay): Promise<Measured> {
  const server = await startUsageServer(run.records);
  const { nodeRed, probe } = await startProbed(run, {});
  try {
    await nodeRed.deploy(coreFlow(server.url, way, run.pageSize));
    await once(nodeRed, server);
    return await measured(run, probe, () => once(nodeRed, server));
  } finally {
    await nodeRed.stop();
    await server.stop();
  }
}

/** The nodes of this package in a real Node-RED, from nothing stored to every record acknowledged, and with `bill` in
 *  billing. The code is warmed by a tenth of the records for another reader. */
export async function readWithOurNodes(run: NodeRedRun, way: Omit<OurWay, 'consumer'>): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'usage-bench-'));
  const few = Math.ceil(run.records / 10);
  const warm = await startUsageServer(few);
  const server = await startUsageServer(run.records);
  const billing = await startBillingServer();
  await mapSubscriptions(folder);
  const env = { BILLING_URL: billing.url, BILLING_TOKEN: billing.token, BILLING_STATE: join(folder, 'state.sqlite') };
  const { nodeRed, probe } = await startProbed(run, env);
  try {
    await nodeRed.deploy(ourFlow(warm.url, { ...way, consumer: 'warm' }, run.pageSize));
    await once(nodeRed, warm);
    await nodeRed.deploy(ourFlow(server.url, { ...way, consumer: 'bench' }, run.pageSize));
    const figures = await measured(run, probe, async () => {
      const said = await once(nodeRed, server);
      if (said !== `done ${run.records}`)
        throw new Error(`it ended with "${said}": ${nodeRed.logs.slice(-5).join('\n')}`);
    });
    // The first tenth came twice, and counts once.
    const accepted = await billing.accepted();
    const expected = way.work === 'bill' ? run.records : 0;
    if (accepted !== expected) throw new Error(`billing has ${accepted} of ${expected} records`);
    return figures;
  } finally {
    await nodeRed.stop();
    await Promise.all([warm.stop(), server.stop(), billing.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

async function startProbed({ major, profile }: NodeRedRun, env: Record<string, string>) {
  const port = await claimPort();
  const nodeRed = await startNodeRed({
    major,
    env: {
      ...env,
      NODE_OPTIONS: `--require ${join(__dirname, 'usage-probe.cjs')}`,
      USAGE_PROBE_PORT: String(port),
      ...(profile === null ? {} : { USAGE_PROBE_PROFILE: profile }),
    },
  });
  return { nodeRed, probe: `http://127.0.0.1:${port}` };
}

async function once(nodeRed: NodeRed, server: UsageServer): Promise<unknown> {
  const done = server.done();
  await nodeRed.inject('go');
  return done;
}

async function measured({ records }: NodeRedRun, probe: string, work: () => Promise<unknown>): Promise<Measured> {
  await fetch(`${probe}/begin`);
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1000;
  const figures = (await (await fetch(`${probe}/end`)).json()) as Figures;
  return ofRecords(records, seconds, figures);
}

/** Every subscription of the records has its counterpart in billing. */
async function mapSubscriptions(folder: string): Promise<void> {
  const { store, release } = await acquireStore('state.sqlite', folder);
  const rows = Array.from({ length: 5000 }, (_, index) => {
    const tail = index.toString(16).padStart(12, '0');
    return { kind: 'subscription', wapId: `7a1c2d3e-0000-4000-8000-${tail}`, billingId: `sub-${index}` };
  });
  const mapping = new Mapping(store, systemClock, { installation: 'bench', target: 'bench' });
  await importMapping(mapping, JSON.stringify(rows), { format: 'json', by: 'bench' });
  await release();
}
