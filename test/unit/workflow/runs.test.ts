import assert from 'node:assert/strict';
import { Runs } from '../../../lib/workflow/runs';
import { cleanScratch, fails, StillClock } from '../state/scratch';
import { at, WorkflowBench } from './bench';

describe('runs of a workflow', () => {
  let clock: StillClock;
  let bench: WorkflowBench;
  beforeEach(async () => {
    clock = new StillClock();
    bench = await WorkflowBench.open(clock);
  });
  afterEach(cleanScratch);

  it('starts one run for a key until it has ended', async () => {
    const first = await bench.runs.start('Gold', { n: 1 });
    const second = await bench.runs.start('Gold', { n: 2 });
    assert.deepEqual([first.started, second.started, second.run.id], [true, false, first.run.id]);
    assert.equal(await bench.runs.end(first.run, 'completed', { result: 1 }), true);
    assert.equal((await bench.runs.start('Gold', { n: 3 })).started, true);
  });

  it('keeps the message and names what it could not keep', async () => {
    const { run } = await bench.runs.start('Gold', { n: 1, res: {} });
    assert.deepEqual([run.message, run.missing], [{ n: 1 }, ['res']]);
  });

  it('ends once, with its result, and only for the pass that ends it', async () => {
    const { run } = await bench.runs.start('Gold', {});
    const next = await bench.runs.pass(run.id, 'replay');
    assert.equal(await bench.runs.end(run, 'completed', null), false);
    assert.equal(await bench.runs.end(next, 'completed', { result: { id: 7 } }), true);
    assert.equal(await bench.runs.end(next, 'failed', null), false);
    const ended = await bench.runs.find(run.id);
    assert.deepEqual([ended?.state, ended?.result, ended?.endedAt], ['completed', { result: { id: 7 } }, 1_000_000]);
  });

  it('refuses a result that cannot be stored, and stays open', async () => {
    const { run } = await bench.runs.start('Gold', {});
    await assert.rejects(
      bench.runs.end(run, 'completed', { result: Buffer.from('x') }),
      fails('INPUT_INVALID', /result: a Buffer/),
    );
    assert.equal((await bench.runs.find('Gold'))?.state, 'open');
  });

  it('does not find runs of another workflow', async () => {
    const { run } = await bench.runs.start('Gold', {});
    const other = new Runs(bench.store, clock, 'another');
    assert.deepEqual([await other.find(run.id), await other.find('Gold')], [null, null]);
  });

  it('finds the newest of a key when none is open', async () => {
    for (const n of [1, 2]) {
      const { run } = await bench.runs.start('Gold', { n });
      await bench.runs.end(run, 'cancelled', null);
      clock.advance(1);
    }
    assert.deepEqual((await bench.runs.find('Gold'))?.message, { n: 2 });
  });

  it('sends again after a start what is open, and what failed', async () => {
    const open = await bench.start('open');
    const failed = await bench.start('failed');
    const ended = await bench.start('ended');
    await assert.rejects(bench.step(failed, at('create'), { fate: () => 'refused' }));
    await bench.runs.end(ended.run, 'completed', null);
    const states = new Map((await bench.runs.toSend()).map(({ id, state }) => [id, state]));
    assert.deepEqual(
      states,
      new Map([
        [open.run.id, 'open'],
        [failed.run.id, 'failed'],
      ]),
    );
  });

  it('is open again when a step follows a failure, as a Catch branch does', async () => {
    const pass = await bench.start();
    await assert.rejects(bench.step(pass, at('create'), { fate: () => 'refused' }));
    await bench.step(pass, at('clean up'));
    const run = await bench.runs.find('Gold');
    assert.deepEqual([run?.state, run?.failure?.code], ['open', 'WAP_INPUT']);
  });

  it('refuses to send a run that has ended', async () => {
    const { run } = await bench.start();
    await bench.runs.end(run, 'cancelled', null);
    await assert.rejects(bench.runs.pass(run.id, 'resume'), fails('STATE_RUN_ENDED', /ended/));
  });

  it('removes ended runs after their time, with their steps, and no others', async () => {
    const ended = await bench.start('ended');
    await bench.step(ended, at('create'));
    await bench.runs.end(ended.run, 'completed', null);
    const open = await bench.start('open');
    await bench.step(open, at('create 2'));
    clock.advance(10_000);
    assert.deepEqual([await bench.runs.prune(10_000), await bench.runs.prune(9_999)], [0, 1]);
    assert.deepEqual(await bench.runs.steps(ended.run.id), []);
    assert.equal((await bench.runs.steps(open.run.id)).length, 1);
  });

  it('forgets an ended run only', async () => {
    const { run } = await bench.start();
    assert.equal(await bench.runs.forget(run.id), false);
    await bench.runs.end(run, 'completed', null);
    assert.deepEqual([await bench.runs.forget(run.id), await bench.runs.find(run.id)], [true, null]);
  });
});
