import assert from 'node:assert/strict';
import { listActs } from '../../../lib/desk/acts';
import { countUnended } from '../../../lib/state/tables/run-owners';
import { Runs } from '../../../lib/workflow/runs';
import { cleanScratch, StillClock } from '../state/scratch';
import { WorkflowBench } from './bench';

describe('runs of a start node whose workflow is renamed', () => {
  let bench: WorkflowBench;
  beforeEach(async () => {
    bench = await WorkflowBench.open(new StillClock());
  });
  afterEach(cleanScratch);

  const runsOf = (name: string, startNode: string | null) => new Runs(bench.store, bench.clock, name, startNode);
  const keys = async (name: string) => (await runsOf(name, null).list(null, 1000)).map(({ key }) => key).sort();

  it('come along, noted once; those of other start nodes and of older versions stay', async () => {
    for (const [name, node] of [
      ['old', 'a'],
      ['other', 'b'],
      ['old', null],
    ] as const)
      await runsOf(name, node).start(`of ${node}`, {});
    const renamed = runsOf('new', 'a');
    assert.deepEqual(
      (await renamed.takeOver('me')).renamed.map(({ name, key }) => [name, key]),
      [['old', 'of a']],
    );
    assert.deepEqual(await renamed.takeOver('me'), { renamed: [], held: [] });
    assert.deepEqual([await keys('new'), await keys('old'), await keys('other')], [['of a'], ['of null'], ['of b']]);
    const { rows } = await listActs(bench.store, undefined, 10);
    assert.deepEqual(
      rows.map(({ who, what, subject, count }) => [who, what, subject, count]),
      [['me', 'renameRuns', 'old → new', 1]],
    );
  });

  it('stay where their key is taken, also by one of their own, and come when that has ended', async () => {
    const { run } = await runsOf('new', 'b').start('Gold', {});
    await runsOf('old', 'a').start('Gold', {});
    await runsOf('older', 'a').start('Tin', {});
    await runsOf('old', 'a').start('Tin', {});
    const { renamed, held } = await runsOf('new', 'a').takeOver('me');
    assert.deepEqual([renamed.map(({ key }) => key), held.map(({ key }) => key).sort()], [['Tin'], ['Gold', 'Tin']]);
    await runsOf('new', 'b').end(run, 'completed', null);
    assert.deepEqual(
      (await runsOf('new', 'a').takeOver('me')).renamed.map(({ key }) => key),
      ['Gold'],
    );
  });

  it('come along also when they have ended, however many', async () => {
    const before = runsOf('old', 'a');
    for (let turn = 0; turn < 1100; turn++) {
      const { run } = await before.start(`Run ${turn}`, {});
      await before.end(run, 'completed', null);
    }
    await runsOf('new', 'a').takeOver('me');
    assert.deepEqual([(await keys('new')).length, await keys('old')], [1000, []]);
    const again = await runsOf('new', 'a').start('Run 7', {}, { oncePerKey: true });
    assert.equal(again.started, false);
  });

  it('are not sent by another start node of their name, unless theirs is gone', async () => {
    const { run } = await runsOf('sale', 'a').start('Gold', {});
    const { run: old } = await runsOf('sale', null).start('Tin', {});
    const copy = runsOf('sale', 'copy');
    const [others] = await copy.inherit(() => false);
    assert.deepEqual({ ...others }, { startNode: 'a', count: 1 });
    assert.deepEqual(await idsToSend(copy), [old.id]);
    assert.deepEqual(await copy.inherit(node => node === 'a'), []);
    assert.deepEqual((await idsToSend(copy)).sort(), [run.id, old.id].sort());
    const counted = await bench.store.transaction(countUnended);
    assert.deepEqual(
      new Map(counted.map(of => [of.startNode, of.count])),
      new Map([
        ['copy', 1],
        [null, 1],
      ]),
    );
  });
});

const idsToSend = async (runs: Runs): Promise<string[]> => (await runs.toSend()).map(({ id }) => id);
