import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanScratch, scratchFolder } from '../../state/scratch';
import { points } from './child';
import { points as latePoints } from './late-child';

describe('usage records, with the process killed', () => {
  afterEach(cleanScratch);

  it(`loses none and brings no settled one again, killed at: ${points.join(', ')}`, async function () {
    this.timeout(120_000);
    const folder = await scratchFolder();
    const [state, ledger] = [join(folder, 'state.sqlite'), join(folder, 'ledger')];
    const run = (point: string, count: number) => {
      const child = join(__dirname, 'child.ts');
      return spawnSync(process.execPath, ['--require', 'tsx/cjs', child, state, ledger, point, String(count)]).signal;
    };
    for (const point of points) assert.equal(run(point, 2), 'SIGKILL', point);
    assert.equal(run('', 1), null);
    const lines = readFileSync(ledger, 'utf8').trim().split('\n');
    assert.equal(lines.at(-1), 'delivered up to 60');
    const all = Array.from({ length: 60 }, (_, index) => index + 1);
    const billed = (id: number) => lines.indexOf(`billed ${id}`) >= 0;
    const again = (id: number) => lines.lastIndexOf(`billed ${id}`) > lines.indexOf(`settled ${id}`);
    assert.deepEqual([all.filter(id => !billed(id)), all.filter(again)], [[], []]);
  });

  it(`finds what comes late and begins anew after a restore, killed at: ${latePoints.join(', ')}`, async function () {
    this.timeout(180_000);
    const folder = await scratchFolder();
    const [state, ledger] = [join(folder, 'state.sqlite'), join(folder, 'ledger')];
    const run = (point: string, count: number) => {
      const child = join(__dirname, 'late-child.ts');
      return spawnSync(process.execPath, ['--require', 'tsx/cjs', child, state, ledger, point, String(count)]).signal;
    };
    // Each run gets further: past the first pages, the late one and the restore, and beyond that.
    for (const point of ['stored', 'emitted', 'billed', 'settled', 'fetched'] as const)
      assert.equal(run(point, 2), 'SIGKILL', point);
    for (const point of ['settled', 'begun anew', 'fetched', 'emitted'] as const)
      assert.equal(run(point, 1), 'SIGKILL', point);
    assert.equal(run('', 1), null);
    const lines = readFileSync(ledger, 'utf8').trim().split('\n');
    const anew = [51, 52, 53, 54, 55].map(id => 10_000_000_000_000 + id);
    assert.equal(lines.at(-1), `delivered up to ${anew.at(-1)}`);
    const all = [...Array.from({ length: 60 }, (_, index) => index + 1), ...anew];
    const billed = [...new Set(lines.filter(line => line.startsWith('billed ')).map(line => Number(line.slice(7))))];
    assert.deepEqual(
      billed.sort((one, other) => one - other),
      all,
    );
    const again = (id: number) => lines.lastIndexOf(`billed ${id}`) > lines.indexOf(`settled ${id}`);
    assert.deepEqual(all.filter(again), []);
  });
});
