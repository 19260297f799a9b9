import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../../simulator/random';
import { cleanScratch, scratchFolder } from './scratch';

const sector = 512;
const logHeader = 32;

/** A state file on a disk that loses its power: what was written since the last sync is there in part, sector by sector. */
export class Disk {
  readonly file: string;
  readonly #log: string;
  /** Each file as it was when its last sync that ended began, by inode. */
  readonly #synced = new Map<number, Buffer>();
  #left: Map<string, Buffer> | undefined;
  readonly #syncs = { log: 0, file: 0 };
  /** The sync with this number, from 1, begins. */
  onSync: (of: 'log' | 'file', number: number) => void = () => undefined;

  private constructor(folder: string) {
    this.file = join(folder, 'state.sqlite');
    this.#log = `${this.file}-wal`;
  }

  /** With a copy of a state file that is whole and closed. */
  static async with(template: string): Promise<Disk> {
    const disk = new Disk(await scratchFolder());
    copyFileSync(template, disk.file);
    disk.#synced.set(statSync(disk.file).ino, readFileSync(disk.file));
    return disk;
  }

  get isCut(): boolean {
    return this.#left !== undefined;
  }

  async sync(handle: FileHandle, toDisk: () => Promise<void>): Promise<void> {
    const { ino } = await handle.stat();
    const path = [this.file, this.#log].find(each => statSync(each, { throwIfNoEntry: false })?.ino === ino);
    if (path === undefined) return toDisk(); // of another disk
    const content = readFileSync(path);
    const which = path === this.#log ? 'log' : 'file';
    this.#syncs[which] += 1;
    this.onSync(which, this.#syncs[which]);
    await toDisk();
    if (this.isCut) throw new Error('no power');
    this.#synced.set(ino, content);
  }

  /** From now on nothing reaches the disk. `seed` says which sectors of what was not synced are there. */
  cut(seed: number): void {
    if (this.#left) return;
    const random = new Random(seed);
    const left = (path: string) =>
      mixed(this.#synced.get(statSync(path).ino) ?? Buffer.alloc(0), readFileSync(path), random);
    this.#left = new Map([
      [this.file, left(this.file)],
      [this.#log, this.#leftOfLog(left, random)],
    ]);
  }

  #leftOfLog(left: (path: string) => Buffer, random: Random): Buffer {
    const current = readFileSync(this.#log);
    // The length of a file changes at once, or not yet.
    if (current.length === 0) {
      return random.next() < 0.5 ? current : (this.#synced.get(statSync(this.#log).ino) ?? current);
    }
    const log = left(this.#log);
    current.copy(log, 0, 0, logHeader); // SQLite syncs it by itself
    return log;
  }

  /** The disk when the power is back. */
  async again(): Promise<Disk> {
    const disk = new Disk(await scratchFolder());
    for (const [path, content] of this.#left ?? []) writeFileSync(path === this.file ? disk.file : disk.#log, content);
    for (const path of [disk.file, disk.#log]) disk.#synced.set(statSync(path).ino, readFileSync(path));
    return disk;
  }
}

function mixed(synced: Buffer, current: Buffer, random: Random): Buffer {
  const longest = Math.max(synced.length, current.length);
  const left = Buffer.alloc(longest);
  for (let at = 0; at < longest; at += sector) {
    const from = random.next() < 0.5 ? synced : current;
    left.set(from.subarray(at, at + sector), at);
  }
  return left;
}

/** For `describe`: all syncs of a test go by way of the disk that it puts here. Cleans up what is scratch. */
export function divertedSyncs(): { disk: Disk | undefined } {
  const power: { disk: Disk | undefined } = { disk: undefined };
  let handles: { datasync(): Promise<void> };
  let datasync: () => Promise<void>;
  beforeEach(async () => {
    const probe = await open(join(await scratchFolder(), 'probe'), 'a');
    handles = Object.getPrototypeOf(probe);
    await probe.close();
    ({ datasync } = handles);
    handles.datasync = function (this: FileHandle) {
      return power.disk?.sync(this, () => datasync.call(this)) ?? datasync.call(this);
    };
  });
  afterEach(async () => {
    power.disk = undefined;
    handles.datasync = datasync;
    await cleanScratch();
  });
  return power;
}
