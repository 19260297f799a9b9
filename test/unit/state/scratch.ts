import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../lib/async/clock';
import { migrate } from '../../../lib/state/migrate';
import type { Store } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';

/** Time that moves only when a test says so. */
export class StillClock implements Clock {
  #sleepers: Array<{ at: number; wake: () => void }> = [];
  constructor(public time = 1_000_000) {}
  now(): number {
    return this.time;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.time + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
  advance(ms: number): void {
    this.time += ms;
    for (const sleeper of this.#sleepers.filter(each => each.at <= this.time)) sleeper.wake();
    this.#sleepers = this.#sleepers.filter(each => each.at > this.time);
  }
}

const folders: string[] = [];
const stores: Store[] = [];
let through = (store: Store): Store => store;

/** For a whole run of the suite: every migrated store is used through this. */
export function throughEveryStore(wrap: (store: Store) => Store): void {
  through = wrap;
}

export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wap-billing-state-'));
  folders.push(folder);
  return folder;
}

/** A migrated store in a folder of its own. */
export async function scratchStore(clock: Clock, file?: string): Promise<Store> {
  const store = await openSqlite(file ?? join(await scratchFolder(), 'state.sqlite'), { clock });
  stores.push(store);
  await migrate(store, clock.now());
  return through(store);
}

/** For `afterEach`. */
export async function cleanScratch(): Promise<void> {
  await Promise.all(stores.splice(0).map(store => store.close()));
  await Promise.all(folders.splice(0).map(folder => rm(folder, { recursive: true, force: true })));
}

/** The fields of a rejection that a Catch node would see. */
export function fails(code: string, text: RegExp): (error: unknown) => boolean {
  return error => {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code !== code || !text.test(error.message)) throw error;
    return true;
  };
}
