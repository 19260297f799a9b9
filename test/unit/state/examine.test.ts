import assert from 'node:assert/strict';
import { readdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { examineStore } from '../../../lib/state/examine';
import { acquireStore } from '../../../lib/state/open';
import { cleanScratch, fails, scratchFolder } from './scratch';

describe('examining where a state would lie', () => {
  afterEach(cleanScratch);

  const scratch = async () => realpath(await scratchFolder());
  const everything = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

  it('makes no file and no folder', async () => {
    const folder = await scratch();
    assert.equal(await examineStore('deep/er/s.sqlite', folder), join(folder, 'deep/er/s.sqlite'));
    assert.equal(await examineStore('s.sqlite', folder), join(folder, 's.sqlite'));
    assert.deepEqual(await everything(folder), []);
  });

  it('leaves a state as it is, whether somebody here has it open or nobody', async () => {
    const folder = await scratch();
    const { release } = await acquireStore('s.sqlite', folder);
    const open = await everything(folder);
    assert.equal(await examineStore('./s.sqlite', folder), join(folder, 's.sqlite'));
    assert.deepEqual(await everything(folder), open);
    await release();
    assert.equal(await examineStore('s.sqlite', folder), join(folder, 's.sqlite'));
    assert.deepEqual(await everything(folder), ['s.sqlite']);
  });

  it('says what is no state, no file, or another kind of address', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'text'), 'not a database '.repeat(100));
    await assert.rejects(examineStore('text', folder), fails('STATE_UNAVAILABLE', /damaged or not a state file/));
    await assert.rejects(examineStore('.', folder), fails('STATE_UNAVAILABLE', /cannot be opened/));
    await assert.rejects(examineStore('text/s.sqlite', folder), fails('STATE_UNAVAILABLE', /cannot be opened/));
    await assert.rejects(examineStore('postgres://x/y', folder), fails('INPUT_INVALID', /SQLite/));
  });
});
