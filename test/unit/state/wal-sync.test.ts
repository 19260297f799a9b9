import assert from 'node:assert/strict';
import type { FileHandle } from 'node:fs/promises';
import { WalSync } from '../../../lib/state/sqlite/wal-sync';
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
  const noted = (name: string) => log.settled().then(() => order.push(name));
  const written = (name: string) => {
    log.wrote();
    return noted(name);
  };

  beforeEach(() => {
    file = new HeldFile();
    log = new WalSync(file as unknown as FileHandle);
    order = [];
  });

  it('shares one sync among commits that follow each other', async () => {
    const all = [written('a'), written('b'), written('c')];
    (await file.begun(1)).resolve();
    await Promise.all(all);
    assert.equal(file.syncs.length, 1);
  });

  it('never counts a sync that had begun before the commit', async () => {
    const first = written('first');
    const one = await file.begun(1);
    const later = [written('second'), written('third')];
    one.resolve();
    await first;
    assert.deepEqual(order, ['first']);
    (await file.begun(2)).resolve();
    await Promise.all(later);
    assert.equal(file.syncs.length, 2);
  });

  it('lets one that only read wait for what it may have read, and asks for no sync of its own', async () => {
    await log.settled();
    const first = written('written');
    const one = await file.begun(1);
    const read = noted('read');
    assert.deepEqual(order, []);
    one.resolve();
    await Promise.all([first, read]);
    assert.equal(file.syncs.length, 1);
  });

  it('brings to the disk also what nobody waited for, with the next that does', async () => {
    log.wrote();
    const read = noted('read');
    (await file.begun(1)).resolve();
    await read;
    await noted('again');
    assert.equal(file.syncs.length, 1);
  });

  it('counts what was written while a sync runs for the next one', async () => {
    const first = written('first');
    const one = await file.begun(1);
    log.wrote();
    one.resolve();
    await first;
    const later = noted('later');
    (await file.begun(2)).resolve();
    await later;
  });

  it('tells a failed sync to those who waited for it, and tries anew for the next', async () => {
    log.wrote();
    const failed = [log.settled(), log.settled()].map(each => assert.rejects(each, /no disk/));
    (await file.begun(1)).reject(new Error('no disk'));
    await Promise.all(failed);
    const next = noted('next');
    (await file.begun(2)).resolve();
    await next;
  });

  it('closes the file after the syncs that were asked for', async () => {
    const last = written('written');
    const closing = log.close();
    const one = await file.begun(1);
    assert.equal(file.closed, false);
    one.resolve();
    await Promise.all([last, closing]);
    assert.equal(file.closed, true);
  });
});
