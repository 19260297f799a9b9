/** Reconciliation and bootstrap of many subscriptions: time, and memory of the process that does them, with the simulators in
 *  another one. `npx tsx bench/reconcile.ts [subscriptions]`. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../lib/async/clock';
import { openBilling } from '../lib/billing/connection';
import { Mapping } from '../lib/mapping/mapping';
import { bootstrap } from '../lib/reconcile/bootstrap';
import { reconcile } from '../lib/reconcile/reconcile';
import { acquireStore } from '../lib/state/open';
import { openWap } from '../lib/wap/connection';
import { startBillingSimulator } from '../simulator/billing/server';
import { startWapSimulator } from '../simulator/wap/server';
import { compile } from '../test/unit/billing/jsonata-compile';

interface Addresses {
  adminUrl: string;
  billingUrl: string;
  token: string;
  folder: string;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;

/** The part that is measured. */
async function work({ adminUrl, billingUrl, token, folder }: Addresses): Promise<void> {
  const limits = { attemptTimeoutMs: 60_000, totalTimeoutMs: 120_000, retries: 1 };
  const wap = openWap({ ...limits, adminUrl, principal: 'bench', token: { kind: 'bearer', token } });
  const http = { baseUrl: billingUrl, ...limits };
  const billing = openBilling({ provider: 'rest', http, auth: { kind: 'bearer', token } }, { compile });
  const { store, release } = await acquireStore('bench.sqlite', folder);
  const mapping = new Mapping(store, systemClock, { installation: wap.installation, target: billing.target });
  const reader = { wap, billing, mapping, signal: new AbortController().signal, progress: () => undefined };
  await wap.admin.list('plan');
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const measure = async (what: string, run: () => Promise<unknown>) => {
    peak = process.memoryUsage().rss;
    const begin = performance.now();
    const result = await run();
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(
      `${what}: ${seconds} s, peak ${megabytes(peak)} (${megabytes(before)} at rest), ${JSON.stringify(result)}`,
    );
  };
  const compare = async () => {
    let sent = 0;
    const difference = async () => {
      sent += 1;
    };
    const report = await reconcile({
      ...reader,
      now: systemClock.now(),
      goneLimit: 10,
      graceMs: 0,
      limit: 100_000,
      difference,
    });
    return { subscriptions: report.counts.subscription, differences: report.differences.byRemedy, sent };
  };
  await measure(
    'bootstrap, dry run',
    async () => (await bootstrap({ ...reader, rule: 'key', dryRun: true, by: 'bench' })).mapped,
  );
  await measure(
    'bootstrap',
    async () => (await bootstrap({ ...reader, rule: 'key', dryRun: false, by: 'bench' })).mapped,
  );
  for (const round of [1, 2, 3]) await measure(`reconcile ${round}`, compare);
  clearInterval(watch);
  wap.close();
  billing.close();
  await release();
}

async function main(count: number): Promise<void> {
  const token = 'bench-token';
  const wap = await startWapSimulator({ ports: 0, token });
  const billing = await startBillingSimulator({ port: 0, token });
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-bench-'));
  wap.seed({ plans: ['gold', 'silver'].map(Id => ({ Id, DisplayName: Id, State: 1 })), herd: { count } });
  billing.seed({ offers: ['gold', 'silver'].map(key => ({ key, name: key, state: 'active' as const })) });
  // One in a hundred is not in billing, another is suspended there.
  const subscriptions = wap.state.subscriptions
    .map(({ SubscriptionID: key, PlanId: offer }, index) => ({ key, offer, index }))
    .filter(({ index }) => index % 100 !== 1)
    .map(({ key, offer, index }) => ({
      key,
      offer,
      state: index % 100 === 2 ? ('suspended' as const) : ('active' as const),
    }));
  billing.seed({ subscriptions });
  wap.log.clear();
  try {
    const child = fork(__filename, ['child'], { execArgv: ['--require', 'tsx/cjs'] });
    child.send({ adminUrl: wap.adminUrl, billingUrl: billing.url, token, folder } satisfies Addresses);
    const code = await new Promise<number | null>(resolve => child.once('exit', resolve));
    process.exitCode = code ?? 1;
  } finally {
    await Promise.all([wap.close(), billing.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === 'child') {
  process.once('message', (addresses: Addresses) => {
    work(addresses).then(
      () => process.exit(0),
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  });
} else void main(Number(process.argv[2] ?? 100_000));
