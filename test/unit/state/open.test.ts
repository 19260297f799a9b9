import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireStore, defaultStateFile } from '../../../lib/state/open';
import { statement } from '../../../lib/state/port';
import { cleanScratch, fails, scratchFolder } from './scratch';

const version = statement<{ id: number }>('SELECT MAX(id) AS id FROM schema_version');

describe('acquiring a store', () => {
  afterEach(cleanScratch);

  it('makes and migrates the default file when no address is given', async () => {
    const folder = await scratchFolder();
    const { store, release } = await acquireStore('', folder);
    assert.equal(store.name.endsWith(join('/', defaultStateFile)), true);
    const [row] = await store.transaction(tx => tx.rows(version));
    assert.equal((row?.id ?? 0) > 0, true);
    await release();
  });

  it('shares one handle a file, however its path is written', async () => {
    const folder = await scratchFolder();
    const first = await acquireStore('a/state.sqlite', folder);
    await symlink(join(folder, 'a'), join(folder, 'b'));
    const others = await Promise.all([
      acquireStore(join(folder, 'a', 'state.sqlite'), '/elsewhere'),
      acquireStore('./b/../b/state.sqlite', folder),
    ]);
    for (const other of others) assert.equal(other.store, first.store);
    await Promise.all([first, ...others].map(each => each.release()));
  });

  it('closes the file when its last user lets go, and not before', async () => {
    const folder = await scratchFolder();
    const [a, b] = await Promise.all([acquireStore('s', folder), acquireStore('s', folder)]);
    await Promise.all([a.release(), a.release()]);
    await b.store.transaction(tx => tx.rows(version));
    await b.release();
    await assert.rejects(
      b.store.transaction(tx => tx.rows(version)),
      fails('STATE_UNAVAILABLE', /closed/),
    );
  });

  it('opens again while the last user still closes, as a redeploy does', async () => {
    const folder = await scratchFolder();
    for (let redeploy = 0; redeploy < 5; redeploy++) {
      const { store, release } = await acquireStore('s', folder);
      await store.transaction(tx => tx.rows(version));
      void release();
    }
    const last = await acquireStore('s', folder);
    await last.store.transaction(tx => tx.rows(version));
    await last.release();
  });

  for (const address of ['postgres://me:secret@db/x', 'postgresql://db/x']) {
    it(`says that ${address.split(':')[0]} addresses are not supported, without repeating them`, async () => {
      const refused = acquireStore(address, await scratchFolder());
      await assert.rejects(
        refused,
        fails('INPUT_INVALID', /^address: this version keeps .* a postgres:\/\/ address\.$/),
      );
    });
  }

  for (const address of [':memory:', 'mysql://db/x', 'file:/tmp/x']) {
    it(`refuses ${address} as a path`, async () => {
      await assert.rejects(acquireStore(address, await scratchFolder()), fails('INPUT_INVALID', /path of a file/));
    });
  }
});
