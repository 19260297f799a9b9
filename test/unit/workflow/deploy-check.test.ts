import assert from 'node:assert/strict';
import { changesOf, type NodeNow, stopsOf } from '../../../lib/workflow/deploy-check';
import { anyValue, branchOrder, digestsOf } from '../../../lib/workflow/digest';
import { Runs } from '../../../lib/workflow/runs';
import { cleanScratch, StillClock } from '../state/scratch';
import { at, WorkflowBench } from './bench';

const none = { changed: [], elsewhere: [] };
const inputs = (values: Record<string, unknown>) => digestsOf(values);

describe('what a changed flow means for a step that was recorded', () => {
  const recorded = { inputs: inputs({ kind: 'plan', name: 'Gold' }), sources: { name: 'msg.topic' } };
  for (const [title, before, now, expected] of [
    ['nothing when it is the same', recorded, [{ kind: 'plan' }, { name: 'msg.topic' }], none],
    ['another value', recorded, [{ kind: 'addon' }, { name: 'msg.topic' }], { ...none, changed: ['kind'] }],
    ['a value from elsewhere', recorded, [{ kind: 'plan' }, { name: 'msg.x' }], { ...none, elsewhere: ['name'] }],
    ['a fixed value that is the one it had', recorded, [{ kind: 'plan', name: 'Gold' }, {}], none],
    ['a fixed value that is another', recorded, [{ kind: 'plan', name: 'Tin' }, {}], { ...none, changed: ['name'] }],
    [
      'a fixed value that a message decides now',
      recorded,
      [{}, { kind: 'k', name: 'msg.topic' }],
      { ...none, elsewhere: ['kind'] },
    ],
    ['an input that is no more', recorded, [{}, { name: 'msg.topic' }], { ...none, changed: ['kind'] }],
    ['an input that a newer version added', recorded, [{ kind: 'plan' }, { name: 'msg.topic', more: 'm' }], none],
    ['one that may have any value', recorded, [{ kind: anyValue }, { name: 'msg.topic' }], none],
    ['nothing of one that takes any', { ...recorded, inputs: null }, [{ kind: 'addon' }, {}], none],
    [
      'no source where an older version recorded none',
      { ...recorded, sources: null },
      [{ kind: 'plan' }, { name: 'x' }],
      none,
    ],
    [
      'nothing of the order of its branches',
      { ...recorded, inputs: inputs({ kind: 'plan', name: 'Gold', [branchOrder]: ['a', 'b'] }) },
      [{ kind: 'plan' }, { name: 'msg.topic' }],
      none,
    ],
  ] as const)
    it(title, () => {
      const [fixed, sources] = now;
      assert.deepEqual(changesOf(before, { fixed: inputs(fixed), sources: { ...sources } }), expected);
    });
});

describe('runs that changed flows would stop', () => {
  afterEach(cleanScratch);

  it('are named by what stops them, those of many runs too, and not those that have ended or stopped there', async () => {
    const bench = await WorkflowBench.open(new StillClock());
    for (let number = 0; number < 250; number++) {
      const pass = await bench.start(`Run ${String(number).padStart(3, '0')}`);
      await bench.step(pass, at('made'), { inputs: { name: 'Gold' } });
      if (number === 0) await bench.runs.end(pass.run, 'completed', null);
      if (number === 1) {
        const again = await bench.again(pass.run.id, 'replay');
        await assert.rejects(bench.step(again, at('made'), { inputs: { name: 'Tin' } }));
      }
      if (number === 2) await assert.rejects(bench.step(pass, at('refused'), { fate: () => 'refused' }));
    }
    await new Runs(bench.store, bench.clock, 'other').start('Gold', {});
    const look = (now: Record<string, NodeNow>, only: string | null = 'sale') =>
      stopsOf(bench.store, only, { isMeant: () => true, now: node => now[node] });
    const [stop, ...more] = await look({ made: { fixed: inputs({ name: 'Tin' }), sources: {} } }, null);
    assert.deepEqual([stop?.why, stop?.fields, stop?.count, more], ['changed', ['name'], 248, []]);
    assert.deepEqual(stop?.keys, ['Run 002', 'Run 003', 'Run 004', 'Run 005', 'Run 006']);
    const gone = await look({ made: 'gone', refused: 'gone' });
    assert.deepEqual(gone.map(({ why, step, count }) => [why, step, count]).sort(), [
      ['gone', 'refused', 1],
      ['replaced', 'made', 249],
    ]);
    assert.deepEqual(await look({ made: 'gone' }, 'other'), []);
  });

  it('are those of a start node that is gone', async () => {
    const bench = await WorkflowBench.open(new StillClock());
    await new Runs(bench.store, bench.clock, 'sale', 'a').start('Gold', {});
    await new Runs(bench.store, bench.clock, 'sale', 'b').start('Tin', {});
    const stops = await stopsOf(bench.store, null, {
      isMeant: () => true,
      now: node => (node === 'a' ? 'gone' : undefined),
    });
    assert.deepEqual(
      stops.map(({ why, keys }) => [why, keys]),
      [['start', ['Gold']]],
    );
  });
});
