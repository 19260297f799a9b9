import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdapterError } from '../../../lib/errors';
import { RecordedFailure } from '../../../lib/workflow/perform';
import { InstantClock } from '../http/instant-clock';
import { cleanScratch, fails } from '../state/scratch';
import { at, Crash, type Fate, type Pass, WorkflowBench } from './bench';

/** A way through a flow: one node, two parts of a split, a loop of two rounds, two branches that meet in one node. */
const way = [
  { name: 'create', key: at('create') },
  { name: 'part 0', key: at('each', 1, 'create/0') },
  { name: 'part 1', key: at('each', 1, 'create/1') },
  { name: 'round 1', key: at('loop', 1, 'each') },
  { name: 'round 2', key: at('loop', 2, 'loop') },
  { name: 'by left', key: at('meet', 1, 'left') },
  { name: 'by right', key: at('meet', 1, 'right') },
];

const fates = fc.array(fc.constantFrom<Fate>('ok', 'lost', 'down', 'refused', 'crash before', 'crash after'), {
  maxLength: 40,
});
const controls = fc.array(fc.constantFrom('resume', 'skip', 'restart'), { minLength: 1, maxLength: 5 });

describe('the journal', () => {
  afterEach(cleanScratch);

  it('does each step once, whatever crashes, fails and is resumed', async function () {
    this.timeout(60_000);
    const bench = await WorkflowBench.open(new InstantClock());
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fates, controls, async (coming, steering) => {
        runs += 1;
        bench.ledger.clear();
        const skipped = new Set<string>();
        const next = [...coming];
        let pass = await bench.start(`run ${runs}`);
        const old: Pass[] = [];
        for (;;) {
          const stopped = await walk(bench, pass, () => next.shift() ?? 'ok', skipped);
          if (!stopped) break;
          old.push(pass);
          const how = stopped.failed ? (steering[old.length % steering.length] ?? 'resume') : 'replay';
          if (how === 'skip') skipped.add(stopped.at);
          pass = await bench.again(pass.run.id, how);
        }
        // What was skipped after its effect had happened counts as skipped, and happened once at most.
        for (const { name } of way) {
          const times = bench.ledger.get(name) ?? 0;
          assert.ok(skipped.has(name) ? times <= 1 : times === 1, `${name} happened ${times} times`);
        }
        for (const gone of old) {
          await assert.rejects(bench.step(gone, at('create')), fails('STATE_RUN_ENDED', /./));
        }
        assert.equal(await bench.runs.end(pass.run, 'completed', null), true);
      }),
      {
        numRuns: 60,
        // 2026-11-22: a restart forgot that the call of the failed step may have happened
        examples: [[['down', 'down', 'lost'], ['restart']]],
      },
    );
  });

  it('gives each of several messages without a part number its own step, in their order', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    const names = ['first', 'second', 'third'];
    const all = (on: Pass) => Promise.all(names.map(name => bench.step(on, at('each'), { name, inputs: { name } })));
    assert.deepEqual(await all(pass), ['made first', 'made second', 'made third']);
    const replay = await bench.again(pass.run.id, 'replay');
    names.reverse(); // with other values the order is no matter
    assert.deepEqual(await all(replay), ['made third', 'made second', 'made first']);
    assert.deepEqual([...bench.ledger.values()], [1, 1, 1]);
  });

  it('does a step that a Catch branch leads back to as another one, after a look', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    await assert.rejects(bench.step(pass, at('create'), { fate: () => 'refused' }));
    bench.ledger.set('create', 1); // it had happened all the same
    assert.equal(await bench.step(pass, at('create')), 'made create');
    assert.deepEqual([bench.ledger.get('create'), bench.lookUps], [1, ['create']]);
    const replay = await bench.again(pass.run.id, 'replay');
    await assert.rejects(bench.step(replay, at('create')), RecordedFailure);
    assert.equal(await bench.step(replay, at('create')), 'made create');
    assert.equal(bench.ledger.get('create'), 1);
  });

  it('writes the rows of a step and its result in one transaction', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    const past = await pass.journal.intend(at('map'), 'map', {});
    await assert.rejects(
      pass.journal.conclude(past.step, {
        within: async () => {
          throw new AdapterError('STATE_CONFLICT', 'taken');
        },
      }),
      fails('STATE_CONFLICT', /taken/),
    );
    const [step] = await bench.runs.steps(pass.run.id);
    assert.deepEqual([step?.state, step?.outcome], ['intended', null]);
  });
});

/** One message through the whole way. @returns where it stopped, if it did */
async function walk(bench: WorkflowBench, pass: Pass, fate: () => Fate, skipped: Set<string>) {
  for (const { name, key } of way) {
    try {
      const made = await bench.step(pass, key, { name, inputs: { name }, fate });
      if (!skipped.has(name)) assert.equal(made, `made ${name}`);
    } catch (error) {
      if (error instanceof Crash) return { at: name, failed: false };
      if (error instanceof AdapterError) return { at: name, failed: true };
      throw error;
    }
  }
  return null;
}
