/** Does as many durable steps as its argument says, on a store as it ships, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/clock';
import { acquireStore } from '../lib/state/open';
import { Journal } from '../lib/workflow/journal';
import { performStep } from '../lib/workflow/perform';
import { Runs } from '../lib/workflow/runs';

const policy = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0 };

async function steps(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-bench-'));
  const { store, release } = await acquireStore('bench.sqlite', folder);
  const { run } = await new Runs(store, systemClock, 'bench').start('bench', { payload: 'x'.repeat(500) });
  const journal = new Journal(store, systemClock, run);
  const { signal } = new AbortController();
  for (let visit = 1; visit <= count; visit += 1) {
    const set = { payload: { Id: 'gold', DisplayName: 'Gold', text: 'x'.repeat(500) } };
    const act = async () => async () => ({ to: 'done', set });
    const effect = { key: { node: 'a', visit, cameFrom: '' }, label: 'a', inputs: { visit }, act, lookUp: null };
    await performStep(journal, effect, policy, systemClock, signal);
  }
  await release();
  rmSync(folder, { recursive: true });
}

steps(Number(process.argv[2] ?? 1000)).catch(error => {
  console.error(error);
  process.exitCode = 1;
});
