import assert from 'node:assert/strict';
import type { FileHandle } from 'node:fs/promises';
import { WalSync } from '../../../lib/state/wal-sync';
import { until } from '../../harness/until';

interface Sync {
  resolve(): void;
  reject(error: Error): void;
}

/** A file whose syncs end when the test says so. */
class HeldFile {
  readonly syncs: Sync[] = [];
  closed = false;

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => this.syncs.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async begun(count: number): Promise<Sync> {
    return until(`sync ${count} begins`, () => this.syncs[count - 1]);
  }
}

describe('WAL sync', () => {
  let file: HeldFile;
  let log: WalSync;
  let order: string[];
  const noted = (name: string, wrote = true) => log.settled(wrote).then(() => order.push(name));

  beforeEach(() => {
    file = new HeldFile();
    log = new WalSync(file as unknown as FileHandle);
    order = [];
  });

  it('shares one sync among commits that follow each other', async () => {
    const all = [noted('a'), noted('b'), noted('c')];
    (await file.begun(1)).resolve();
    await Promise.all(all);
    assert.equal(file.syncs.length, 1);
  });

  it('never counts a sync that had begun before the commit', async () => {
    const first = noted('first');
    const one = await file.begun(1);
    const later = [noted('second'), noted('third')];
    one.resolve();
    await first;
    assert.deepEqual(order, ['first']);
    (await file.begun(2)).resolve();
    await Promise.all(later);
    assert.equal(file.syncs.length, 2);
  });

  it('lets one that only read wait for what it may have read, and asks for no sync of its own', async () => {
    await log.settled(false);
    const written = noted('written');
    const one = await file.begun(1);
    const read = noted('read', false);
    assert.deepEqual(order, []);
    one.resolve();
    await Promise.all([written, read]);
    assert.equal(file.syncs.length, 1);
  });

  it('tells a failed sync to those who waited for it, and tries anew for the next', async () => {
    const failed = [log.settled(true), log.settled(true)].map(each => assert.rejects(each, /no disk/));
    (await file.begun(1)).reject(new Error('no disk'));
    await Promise.all(failed);
    const next = noted('next');
    (await file.begun(2)).resolve();
    await next;
  });

  it('closes the file after the syncs that were asked for', async () => {
    const written = noted('written');
    const closing = log.close();
    const one = await file.begun(1);
    assert.equal(file.closed, false);
    one.resolve();
    await Promise.all([written, closing]);
    assert.equal(file.closed, true);
  });
});
