/** Does durable steps on a store as it ships, and nothing else: `workflow-steps.ts <steps a run> <runs at once> <effect|none>`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/async/clock';
import { acquireStore } from '../lib/state/open';
import type { Store } from '../lib/state/port';
import { Journal } from '../lib/workflow/journal';
import { performStep } from '../lib/workflow/perform';
import { Runs } from '../lib/workflow/runs';

const policy = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0, rules: [] };
const { signal } = new AbortController();

async function oneRun(store: Store, name: string, steps: number, hasEffect: boolean): Promise<void> {
  const { run } = await new Runs(store, systemClock, 'bench').start(name, { payload: 'x'.repeat(500) });
  const journal = new Journal(store, systemClock, run);
  const set = { payload: { Id: 'gold', DisplayName: 'Gold', text: 'x'.repeat(500) } };
  const act = async () => ({ outcome: { to: 'done', set } });
  for (let visit = 1; visit <= steps; visit += 1) {
    const key = { node: 'a', visit, cameFrom: '' };
    await performStep(
      journal,
      { key, label: 'a', inputs: { visit }, act, lookUp: null, hasEffect },
      policy,
      systemClock,
      signal,
    );
  }
}

async function main([steps = '1000', runs = '1', effect = 'effect']: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-bench-'));
  const { store, release } = await acquireStore('bench.sqlite', folder);
  const names = Array.from({ length: Number(runs) }, (_, index) => `run ${index}`);
  await Promise.all(names.map(name => oneRun(store, name, Number(steps), effect === 'effect')));
  await release();
  rmSync(folder, { recursive: true });
}

main(process.argv.slice(2)).catch(error => {
  console.error(error);
  process.exitCode = 1;
});
