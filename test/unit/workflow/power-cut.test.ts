import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { holds } from '../../harness/property';
import { InstantClock } from '../http/instant-clock';
import { Disk, divertedSyncs } from '../state/power-cut';
import { StillClock, scratchFolder, scratchStore } from '../state/scratch';
import { at, type Fate, type Pass, WorkflowBench } from './bench';

const steps = ['create', 'configure', 'publish', 'map'];
/** Runs at once share syncs; a cut is counted in effects of all of them. */
const cuts = fc.record({
  runs: fc.integer({ min: 1, max: 3 }),
  after: fc.integer({ min: 1, max: 12 }),
  fate: fc.constantFrom<Fate>('crash before', 'crash after'),
  seed: fc.integer(),
});

describe('durable steps and a power cut', () => {
  const power = divertedSyncs();

  it('leave each effect to happen once, and what was said to have ended has ended', async function () {
    this.timeout(0); // 150 cases are its bound: a slow disk only takes longer for them
    const template = join(await scratchFolder(), 'state.sqlite');
    await (await scratchStore(new StillClock(), template)).close();
    const clock = new InstantClock();
    const on = async ({ file }: Disk) => new WorkflowBench(await scratchStore(new StillClock(), file), clock);
    await holds(
      'durable steps and a power cut: leave each effect to happen once, and what was said to have ended has ended',
      fc.asyncProperty(cuts, async ({ runs, after, fate, seed }) => {
        const first = await Disk.with(template);
        power.disk = first;
        const before = await on(first);
        let effects = 0;
        const coming = (): Fate => {
          effects += 1;
          if (effects < after) return 'ok';
          first.cut(seed);
          return effects === after ? fate : 'crash before';
        };
        const unlessCut = (error: unknown) => {
          if (first.isCut) return false;
          throw error;
        };
        const names = Array.from({ length: runs }, (_, index) => `run ${index}`);
        const passes = await Promise.all(names.map(name => before.start(name)));
        const ended = await Promise.all(passes.map(pass => walk(before, pass, coming).catch(unlessCut)));
        first.cut(seed);

        power.disk = await first.again();
        const again = await on(power.disk);
        for (const [name, times] of before.ledger) again.ledger.set(name, times);
        for (const [index, { run }] of passes.entries()) {
          const kept = await again.runs.find(run.id);
          assert.ok(kept, 'a run that was started is there');
          if (ended[index]) assert.equal(kept.state, 'completed');
          if (kept.state === 'completed') continue;
          assert.ok(await walk(again, await again.again(run.id, 'replay'), () => 'ok'));
        }
        const wanted = names.flatMap(name => steps.map(step => [`${name} ${step}`, 1] as const));
        assert.deepEqual([...again.ledger].sort(), wanted.sort());
      }),
      { numRuns: 150 },
    );
  });
});

/** All steps of a run, and its end. @returns whether it ended */
async function walk(bench: WorkflowBench, pass: Pass, fate: () => Fate): Promise<boolean> {
  for (const step of steps) {
    await bench.step(pass, at(step), { name: `${pass.run.key} ${step}`, inputs: { step }, fate });
  }
  return bench.runs.end(pass.run, 'completed', null);
}
