import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { InstantClock } from '../http/instant-clock';
import { cleanScratch, StillClock, scratchFolder, scratchStore } from '../state/scratch';
import { at, type Fate, type Pass, WorkflowBench } from './bench';

const steps = ['create', 'configure', 'publish', 'map'];
/** Two runs at once share syncs; a cut is counted in effects of all of them. */
const cuts = fc.record({
  runs: fc.integer({ min: 1, max: 3 }),
  cut: fc.integer({ min: 1, max: 12 }),
  fate: fc.constantFrom<Fate>('crash before', 'crash after'),
});

/** What a power cut leaves of a folder: its files as they were when the last sync that ended began. */
class Disk {
  #copies = 0;
  #synced = '';
  isCut = false;
  constructor(
    readonly folder: string,
    private readonly kept: string,
  ) {}

  async sync(toDisk: () => Promise<void>): Promise<void> {
    this.#copies += 1;
    const copy = join(this.kept, String(this.#copies));
    if (!this.isCut) copyAll(this.folder, copy);
    await toDisk();
    if (this.isCut) throw new Error('no power');
    this.#synced = copy;
  }

  /** The file to go on with. */
  async afterCut(): Promise<string> {
    const folder = await scratchFolder();
    copyAll(this.#synced, folder);
    return join(folder, 'state.sqlite');
  }
}

function copyAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
}

let disk: Disk;

describe('durable steps and a power cut', () => {
  let giveBack: () => void;

  beforeEach(async () => {
    const folder = await scratchFolder();
    const probe = await open(join(folder, 'probe'), 'a');
    const handles: { datasync(): Promise<void> } = Object.getPrototypeOf(probe);
    await probe.close();
    const { datasync } = handles;
    handles.datasync = function (this: typeof probe) {
      return disk.sync(() => datasync.call(this));
    };
    giveBack = () => Object.assign(handles, { datasync });
  });
  afterEach(async () => {
    giveBack();
    await cleanScratch();
  });

  it('leaves each effect to happen once, and keeps what was said to have ended', async function () {
    this.timeout(60_000);
    const template = join(await scratchFolder(), 'state.sqlite');
    disk = new Disk(dirname(template), await scratchFolder());
    await (await scratchStore(new StillClock(), template)).close();
    await fc.assert(
      fc.asyncProperty(cuts, async ({ runs, cut, fate }) => {
        const folder = await scratchFolder();
        const file = join(folder, 'state.sqlite');
        await mkdir(folder, { recursive: true });
        await copyFile(template, file);
        disk = new Disk(folder, await scratchFolder());
        const clock = new InstantClock();
        const before = new WorkflowBench(await scratchStore(new StillClock(), file), clock);
        let effects = cut;
        const coming = (): Fate => {
          effects -= 1;
          if (effects > 0) return 'ok';
          disk.isCut = true;
          return effects === 0 ? fate : 'crash before';
        };
        const names = Array.from({ length: runs }, (_, index) => `run ${index}`);
        const passes = await Promise.all(names.map(name => before.start(name)));
        const ended = await Promise.all(passes.map(pass => walk(before, pass, coming).catch(unlessCut)));
        disk.isCut = true;

        const left = await disk.afterCut();
        disk = new Disk(dirname(left), await scratchFolder());
        const after = new WorkflowBench(await scratchStore(new StillClock(), left), clock);
        for (const [name, times] of before.ledger) after.ledger.set(name, times);
        for (const [index, { run }] of passes.entries()) {
          const kept = await after.runs.find(run.id);
          assert.ok(kept, 'a run that was started is there');
          if (ended[index]) assert.equal(kept.state, 'completed');
          if (kept.state === 'completed') continue;
          assert.ok(await walk(after, await after.again(run.id, 'replay'), () => 'ok'));
        }
        const wanted = names.flatMap(name => steps.map(step => [`${name} ${step}`, 1] as const));
        assert.deepEqual([...after.ledger].sort(), wanted.sort());
      }),
      { numRuns: 150 },
    );
  });
});

function unlessCut(error: unknown): boolean {
  if (disk.isCut) return false;
  throw error;
}

/** All steps of a run, and its end. @returns whether it ended */
async function walk(bench: WorkflowBench, pass: Pass, fate: () => Fate): Promise<boolean> {
  for (const step of steps) {
    await bench.step(pass, at(step), { name: `${pass.run.key} ${step}`, inputs: { step }, fate });
  }
  return bench.runs.end(pass.run, 'completed', null);
}
