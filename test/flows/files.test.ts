import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld } from '../harness/world';

onEachMajor('example: dead letters into a file', major => {
  it('writes where the environment says', async function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), 'wap-billing-letters-'));
    const file = join(folder, 'letters.txt');
    const { flows } = example('07 -');
    const world = await startWorld({ major, env: { DEAD_LETTER_FILE: file } });
    try {
      await world.deploy(flows);
      await world.nodeRed.inject(flows.find(({ type, name }) => type === 'inject' && name === 'Try it')?.id ?? '');
      const line = await world.until('a line in the file', () => readFileSync(file, 'utf8'));
      assert.equal(line, 'wap/usage/1/vm-cpu; made-up; vm-cpu; 2; only a trial\n');
    } finally {
      await world.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
