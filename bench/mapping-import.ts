/** How long an import of the mapping stops the event loop: `npx tsx bench/mapping-import.ts [lines] [runs]`. Of each kind of import
 *  it prints how long it took, the longest stop, and how much of that was the process's own processor time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/async/clock';
import { type ImportMode, importMapping } from '../lib/mapping/import';
import { Mapping } from '../lib/mapping/mapping';
import { acquireStore } from '../lib/state/open';
import { watch } from './usage-probe.cjs';

/** A number that looks like chance, and is the same in each run. */
const scattered = (index: number, factor = 2_654_435_761): string =>
  ((index * factor) % 2 ** 32).toString(16).padStart(8, '0');

/** GUIDs in no order; `salt` makes other billing ids of the same WAP ids. */
function fileOf(lines: number, salt: string, every = 1): Buffer {
  const rows = ['kind,wapId,billingId,name,note'];
  for (let index = 0; index < lines; index += every) {
    const [wap, billing] = [scattered(index), scattered(index, 2_246_822_519)];
    rows.push(`subscription,${wap}-0000-4000-8000-${wap}abcd,bill-${salt}-${billing},Tenant ${index} of Köln,`);
  }
  return Buffer.from(rows.join('\r\n'));
}

async function main(): Promise<void> {
  const lines = Number(process.argv[2] ?? 100_000);
  const runs = Number(process.argv[3] ?? 3);
  for (let run = 1; run <= runs; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'wap-billing-bench-'));
    const { store, release } = await acquireStore('bench.sqlite', folder);
    const mapping = new Mapping(store, systemClock, { installation: 'bench', target: 'bench' });
    const importing = async (what: string, file: Buffer, mode: ImportMode, dryRun = false): Promise<void> => {
      const end = watch();
      const begin = performance.now();
      await importMapping(mapping, file, { format: 'csv', mode, by: 'bench', dryRun });
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      const { longestStop, longestOwn, ownStops } = end();
      const [stop, own] = [longestStop.toFixed(0), longestOwn.toFixed(0)];
      console.log(`${run}. ${what}: ${seconds} s, longest stop ${stop} ms, own ${own} ms, own over 50 ms: ${ownStops}`);
    };
    await importing('all new', fileOf(lines, 'a'), 'merge');
    await importing('what would happen', fileOf(lines, 'b'), 'overwrite', true);
    await importing('all changed', fileOf(lines, 'b'), 'overwrite');
    await importing('nothing changed', fileOf(lines, 'b'), 'merge');
    await importing('half removed', fileOf(lines, 'b', 2), 'replace-all');
    await release();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
