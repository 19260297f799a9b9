import assert from 'node:assert/strict';
import fc from 'fast-check';
import { systemClock } from '../../../lib/async/clock';
import { AdapterError } from '../../../lib/errors';
import { importPrepared, inImport, prepareImport } from '../../../lib/mapping/import';
import { Mapping } from '../../../lib/mapping/mapping';
import type { Tx } from '../../../lib/state/port';
import type { Step } from '../../../lib/state/tables/step';
import { branchOrder } from '../../../lib/workflow/digest';
import { RecordedFailure } from '../../../lib/workflow/perform';
import { holds } from '../../harness/property';
import { InstantClock } from '../http/instant-clock';
import { cleanScratch, fails, StillClock } from '../state/scratch';
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
    await holds(
      'the journal: does each step once, whatever crashes, fails and is resumed',
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

  describe('knows a step by what it is', () => {
    const both = { inputs: { add: 'on' } };

    for (const fate of ['crash before', 'crash after'] as const) {
      it(`after a join, whichever branch came last: ${fate} the effect`, async () => {
        const bench = await WorkflowBench.open(new InstantClock());
        const pass = await bench.start();
        for (const branch of ['left', 'right']) await bench.step(pass, at(branch));
        await assert.rejects(bench.step(pass, at('buy', 1, 'right:1:0'), { ...both, fate: () => fate }), Crash);
        const replay = await bench.again(pass.run.id, 'replay');
        for (const branch of ['right', 'left']) await bench.step(replay, at(branch));
        await bench.step(replay, at('buy', 1, 'left:1:0'), both);
        assert.deepEqual([bench.ledger.get('buy'), bench.lookUps], [1, ['buy']]);
        const third = await bench.again(pass.run.id, 'replay');
        for (const branch of ['left', 'right']) await bench.step(third, at(branch));
        assert.equal(await bench.step(third, at('buy', 1, 'left:1:0,right:1:0'), both), 'made buy');
        assert.deepEqual([bench.ledger.get('buy'), bench.lookUps], [1, ['buy']]);
      });
    }

    it('looks before it acts with other values, where the way tells nothing', async () => {
      const bench = await WorkflowBench.open(new InstantClock());
      const pass = await bench.start();
      for (const branch of ['left', 'right']) await bench.step(pass, at(branch));
      const first = { inputs: { parts: ['left', 'right'] }, fate: () => 'crash after' as const };
      await assert.rejects(bench.step(pass, at('buy', 1, 'right:1:0'), first), Crash);
      const replay = await bench.again(pass.run.id, 'replay');
      for (const branch of ['right', 'left']) await bench.step(replay, at(branch));
      await bench.step(replay, at('buy', 1, 'left:1:0'), { inputs: { parts: ['right', 'left'] } });
      assert.deepEqual([bench.ledger.get('buy'), bench.lookUps], [1, ['buy']]);
    });

    for (const fate of ['ok', 'crash after'] as const) {
      it(`when what a join gave depends on the order of its branches (${fate}), but not when the flow was changed`, async () => {
        const bench = await WorkflowBench.open(new InstantClock());
        const pass = await bench.start();
        const joined = (...order: string[]) => ({
          inputs: { part: order[0], [branchOrder]: order },
          fate: () => fate,
        });
        for (const branch of ['left', 'right']) await bench.step(pass, at(branch));
        const way = at('buy', 1, 'left:1:0,right:1:0');
        await bench.step(pass, way, joined('left', 'right')).catch(() => undefined);
        const replay = await bench.again(pass.run.id, 'replay');
        await bench.step(replay, way, { ...joined('right', 'left'), fate: () => 'ok' });
        assert.equal(bench.ledger.get('buy'), 1);
        const changed = { inputs: { ...joined('right', 'left').inputs, part: 'other' } };
        const third = await bench.again(pass.run.id, 'replay');
        if (fate === 'ok') Object.assign(changed.inputs, { [branchOrder]: ['left', 'right'] });
        await assert.rejects(bench.step(third, way, changed), fails('STATE_STEP_CHANGED', /part differs/));
      });
    }

    it('after an update of this package, whose older version knew only the last branch of a join', async () => {
      const bench = await WorkflowBench.open(new InstantClock());
      const pass = await bench.start();
      for (const branch of ['left', 'right']) await bench.step(pass, at(branch));
      await bench.step(pass, at('buy', 1, 'right:1:0'), { inputs: { part: 'right' } });
      const replay = await bench.again(pass.run.id, 'replay');
      for (const branch of ['right', 'left']) await bench.step(replay, at(branch));
      const inputs = { part: 'left', [branchOrder]: ['right', 'left'] };
      assert.equal(await bench.step(replay, at('buy', 1, 'left:1:0,right:1:0'), { inputs }), 'made buy');
      assert.deepEqual([bench.ledger.get('buy'), bench.lookUps], [1, []]);
    });

    it('when two branches meet in one node without a join: once for each, whoever comes first', async () => {
      const bench = await WorkflowBench.open(new InstantClock());
      const pass = await bench.start();
      await bench.step(pass, at('left'));
      await bench.step(pass, at('meet', 1, 'left:1:0'), { name: 'by left', ...both });
      const replay = await bench.again(pass.run.id, 'replay');
      for (const branch of ['right', 'left']) {
        await bench.step(replay, at(branch));
        await bench.step(replay, at('meet', 1, `${branch}:1:0`), { name: `by ${branch}`, ...both });
      }
      assert.deepEqual([bench.ledger.get('by left'), bench.ledger.get('by right'), bench.lookUps], [1, 1, []]);
    });

    it('when a part of a split comes before another one: each part has its own', async () => {
      const bench = await WorkflowBench.open(new InstantClock());
      const pass = await bench.start();
      await bench.step(pass, at('make'));
      await bench.step(pass, at('each', 1, 'make:1:0/0'), { name: 'part 0', ...both });
      const replay = await bench.again(pass.run.id, 'replay');
      await bench.step(replay, at('make'));
      for (const part of [1, 0])
        await bench.step(replay, at('each', 1, `make:1:0/${part}`), { name: `part ${part}`, ...both });
      assert.deepEqual([bench.ledger.get('part 0'), bench.ledger.get('part 1'), bench.lookUps], [1, 1, []]);
    });
  });

  it('does each step of a fork and behind its join once, in whatever order the branches come', async function () {
    this.timeout(60_000);
    const bench = await WorkflowBench.open(new InstantClock());
    const passes = fc.array(
      fc.record({ order: fc.shuffledSubarray(['left', 'left', 'right'], { minLength: 3 }), crash: fc.nat(9) }),
      { minLength: 1, maxLength: 6 },
    );
    let runs = 0;
    await holds(
      'knows a step by what it is: does each step of a fork and behind its join once, in whatever order the branches come',
      fc.asyncProperty(passes, fc.boolean(), async (coming, isHidden) => {
        runs += 1;
        bench.ledger.clear();
        let pass = await bench.start(`fork ${runs}`);
        for (const { order, crash } of [...coming, { order: ['right', 'left', 'left'], crash: 9 }]) {
          let left = crash;
          const fate = (): Fate => {
            left -= 1;
            return left === 0 ? 'crash after' : left === 1 && crash % 2 === 0 ? 'crash before' : 'ok';
          };
          if (await fork(bench, pass, order, isHidden, fate)) break;
          pass = await bench.again(pass.run.id, 'replay');
        }
        const once = ['left 1', 'left 2', 'right 1', 'behind', 'end'].map(name => [name, 1] as const);
        assert.deepEqual([...bench.ledger].sort(), [...once].sort());
      }),
      { numRuns: 60 },
    );
  });

  it('looks for what was done since the step was first begun, also when Catch leads back or it is restarted', async () => {
    const clock = new StillClock();
    const bench = await WorkflowBench.open(clock);
    const begun = clock.now();
    let pass = await bench.start();
    await assert.rejects(bench.step(pass, at('buy'), { fate: () => 'refused' }));
    clock.advance(60_000);
    await bench.step(pass, at('buy'));
    await assert.rejects(bench.step(pass, at('more'), { fate: () => 'refused' }));
    clock.advance(60_000);
    pass = await bench.again(pass.run.id, 'restart');
    await bench.step(pass, at('more'), { inputs: { amount: 2 } });
    assert.deepEqual(bench.lookedSince, [begun, begun + 60_000]);
  });

  it('fails a run again once the branch that went on beside its failure is over', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    const state = async () => (await bench.runs.find(pass.run.id))?.state;
    await pass.journal.stopAgain();
    assert.equal(await state(), 'open');
    await assert.rejects(bench.step(pass, at('create'), { fate: () => 'refused' }));
    assert.equal(await state(), 'failed');
    await pass.journal.goOn();
    assert.equal(await state(), 'open');
    await pass.journal.stopAgain();
    const run = await bench.runs.find(pass.run.id);
    assert.deepEqual([run?.state, run?.failure?.step], ['failed', 'create']);
  });

  it('stops messages of an older pass, and of a run that has ended', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const old = await bench.start();
    const now = await bench.again(old.run.id, 'resume');
    for (const act of [() => old.journal.goOn(), () => old.journal.stopAgain(), () => bench.step(old, at('create'))])
      await assert.rejects(act, fails('STATE_RUN_ENDED', /was sent through the flow again; this older message stops/));
    await bench.runs.end(now.run, 'completed', null);
    await assert.rejects(now.journal.goOn(), fails('STATE_RUN_ENDED', /has ended; this message stops here/));
    assert.equal(bench.ledger.size, 0);
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

  it('tells others of the rows of a step once, when its result is recorded, and never of those that were taken back', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    const past = await pass.journal.intend(at('map'), 'map', {});
    const told: Array<Promise<Step[]>> = [];
    const committed = () => void told.push(bench.runs.steps(pass.run.id));
    const within = async () => {
      throw new AdapterError('STATE_CONFLICT', 'taken');
    };
    await assert.rejects(pass.journal.conclude(past.step, { within, committed }), fails('STATE_CONFLICT', /taken/));
    assert.equal(told.length, 0);
    await pass.journal.conclude(past.step, { within: async () => 'mapped', committed });
    assert.deepEqual(
      (await Promise.all(told)).map(steps => steps.map(({ state }) => state)),
      [['done']],
    );
  });

  it('writes the result of a large change with its last part, and nothing of one that fails', async () => {
    const bench = await WorkflowBench.open(new InstantClock());
    const pass = await bench.start();
    const mapping = new Mapping(bench.store, systemClock, { installation: 'wap', target: 'billing' });
    const file = () => {
      const entry = (_: unknown, n: number) => ({ kind: 'user', wapId: `u${n}`, billingId: `b${n}` });
      return JSON.stringify([
        ...Array.from({ length: 600 }, entry),
        { kind: 'user', wapId: 'last', billingId: 'b-last' },
      ]);
    };
    const concluded = async (fails: boolean) => {
      const prepared = await prepareImport(file(), { format: 'json', by: 'a run' });
      const past = await pass.journal.intend(at('import', fails ? 1 : 2), 'import', {});
      const within = async (tx: Tx) => {
        const { added } = await importPrepared(tx, mapping, prepared);
        if (fails) throw new AdapterError('STATE_UNAVAILABLE', 'the disk is full');
        return added;
      };
      return pass.journal.conclude(past.step, { within, options: inImport });
    };
    await assert.rejects(concluded(true), fails('STATE_UNAVAILABLE', /disk is full/));
    assert.equal((await mapping.store.transaction(tx => mapping.list(tx))).total, 0);
    assert.equal(await concluded(false), 601);
    assert.equal((await mapping.store.transaction(tx => mapping.list(tx))).total, 601);
    const steps = await bench.runs.steps(pass.run.id);
    assert.deepEqual(
      steps.map(({ state, outcome }) => [state, outcome]),
      [
        ['intended', null],
        ['done', 601],
      ],
    );
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

/** Two branches, one of two steps, in the order given; a join, with a value from the branch that came last where the join
 *  can be seen; two steps. @returns whether it came to its end */
async function fork(bench: WorkflowBench, pass: Pass, order: string[], isHidden: boolean, fate: () => Fate) {
  const came: Record<string, number> = {};
  try {
    for (const branch of order) {
      const count = (came[branch] ?? 0) + 1;
      came[branch] = count;
      const name = `${branch} ${count}`;
      await bench.step(pass, at(name, 1, count > 1 ? `${branch} ${count - 1}:1:0` : ''), { fate });
    }
    const last = `${order.at(-1)} ${came[order.at(-1) ?? '']}:1:0`;
    const inputs = isHidden ? {} : { part: last, [branchOrder]: order };
    await bench.step(pass, at('behind', 1, isHidden ? last : 'left 2:1:0,right 1:1:0'), { inputs, fate });
    await bench.step(pass, at('end', 1, 'behind:1:0'), { fate });
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}
