import assert from 'node:assert/strict';
import type { RunDescription, StandingDescription, StepDescription } from '../../lib/workflow/describe';
import type { SteeredRun } from '../../runtime/run/workflow';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { end, node, type Properties, start, state, wait } from './run-flows';

type Looked = RunDescription & { steps: StepDescription[]; at: StandingDescription[] };

/** A run waits for somebody before it ends. */
const flowOf = (z: string, more: Properties): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  start(z, ['wait'], { runs: 'runs', runsType: 'msg', ...more }),
  wait(z, { yes: ['end'], no: ['bad'] }, { name: 'asked' }),
  // What cannot be read fails the run.
  node(z, 'bad', 'wap-workflow-delay', [['end']], { mode: 'until', time: 'no', timeType: 'str' }),
  end(z, { result: 'answer', resultType: 'msg' }),
];
const flows: FlowNode[] = [
  state,
  ...flowOf('plain', {}),
  ...flowOf('once', { oncePerKey: true }),
  ...flowOf('daily', { runKey: 'daily {{date}} {{payload.plan}}', runKeyType: 'str', oncePerKey: true }),
];
const tabs = ['plain', 'once', 'daily'];

onMajorsOfThisNode('the controls of wap-workflow-start', major => {
  let world: World<InProcess>;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major });
    const probes = world.probes(flows);
    for (const tab of tabs) {
      probes.drive(tab, `${tab} start`).drive(`${tab}-answer`, `${tab} wait`).catches(`${tab} error`, tab);
      for (const [output, name] of ['run', 'running', 'control'].entries()) {
        probes.watch(`${tab} ${name}`, `${tab} start`, output);
      }
      probes.watch(`${tab} ended`, `${tab} end`).watch(`${tab} asked`, `${tab} wait`, 3);
    }
    await world.deploy(probes.done());
  });
  after(() => world.stop());

  async function steer<A>(tab: string, message: Properties): Promise<A> {
    const count = world.messages(`${tab} control`).length;
    await world.inject(tab, message);
    return (await world.message(`${tab} control`, count + 1)).payload as A;
  }
  async function failure(tab: string, message: Properties): Promise<{ code: string; message: string }> {
    const count = world.messages(`${tab} error`).length;
    await world.inject(tab, message);
    const { error } = await world.message(`${tab} error`, count + 1);
    return error as { code: string; message: string };
  }
  const count = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic).length;
  async function begin(tab: string, topic: string, more: Properties = {}): Promise<void> {
    const before = world.messages(`${tab} asked`).length;
    await world.inject(tab, { topic, ...more });
    await world.message(`${tab} asked`, before + 1);
  }
  const answer = (tab: string, run: string, choice = 'Yes') =>
    world.inject(`${tab}-answer`, { answer: { run, choice, by: 'anna' } });
  const get = (tab: string, run: string) => steer<Looked>(tab, { control: 'get', run });
  const ended = (tab: string, run: string, how: string) =>
    world.until(`${run} is ${how}`, async () => (await get(tab, run)).state === how);

  it('get one run: its state, its steps, and where it stands and what it waits for', async () => {
    await begin('plain', 'Gold');
    const { state: how, at, key, result } = await get('plain', 'Gold');
    assert.deepEqual([how, key, result], ['open', 'Gold', null]);
    const [{ since, ...standing } = { since: '' }] = at;
    assert.match(since, /^\d{4}-/);
    const waits = { waitsFor: 'answer', subject: 'Go on with Gold?', until: null };
    assert.deepEqual(standing, { step: 'asked', state: 'intended', ...waits });
    await answer('plain', 'Gold');
    await ended('plain', 'Gold', 'completed');
    const after = await get('plain', 'Gold');
    const { result: said } = after.result as { result: Properties };
    assert.deepEqual([after.at, said.choice, after.steps.length], [[], 'Yes', 1]);
    assert.equal((await failure('plain', { control: 'get', run: 'nobody' })).code, 'STATE_NOT_FOUND');
  });

  it('begin a run once per key: a second start gets the result of the first', async () => {
    await begin('once', 'Silver');
    await world.inject('once', { topic: 'Silver' });
    const { payload: open } = await world.message('once running', 1);
    assert.equal((open as RunDescription).state, 'open');
    await answer('once', 'Silver');
    await ended('once', 'Silver', 'completed');
    await world.inject('once', { topic: 'Silver' });
    const { payload: done } = await world.message('once running', 2);
    assert.equal((done as RunDescription).state, 'completed');
    assert.equal(((done as RunDescription).result as { result: Properties }).result.choice, 'Yes');
    assert.equal(count('once run', 'Silver'), 1);
    await steer('once', { control: 'forget', run: 'Silver' });
    await begin('once', 'Silver');
    assert.equal(count('once run', 'Silver'), 2);
  });

  it('begin a run again whose first one was cancelled, and many starts at once one run', async () => {
    await begin('once', 'Iron');
    await steer('once', { control: 'cancel', run: 'Iron' });
    await begin('once', 'Iron');
    assert.equal(count('once run', 'Iron'), 2);
    const before = world.messages('once running').length;
    await Promise.all(Array.from({ length: 10 }, () => world.inject('once', { topic: 'Tin' })));
    await world.message('once running', before + 9);
    assert.equal(count('once run', 'Tin'), 1);
  });

  it('make a key of a template: one run a day and plan', async () => {
    await begin('daily', 'x', { payload: { plan: 'Gold' } });
    await begin('daily', 'x', { payload: { plan: 'Lead' } });
    await world.inject('daily', { payload: { plan: 'Gold' } });
    const { payload } = await world.message('daily running');
    const today = new Date().toLocaleDateString('sv-SE');
    assert.equal((payload as RunDescription).key, `daily ${today} Gold`);
  });

  it('steer all runs that fit, by state, step or text, and say of each what became of it', async () => {
    const names = Array.from({ length: 25 }, (_none, index) => `Many ${index}`);
    for (const name of names) await begin('plain', name);
    for (const name of names.slice(0, 23)) await answer('plain', name, 'No');
    await world.until('they have failed', async () => {
      const runs = await steer<RunDescription[]>('plain', { control: 'list' });
      return runs.filter(run => run.state === 'failed').length === 23;
    });
    assert.equal((await failure('plain', { control: 'cancel', runs: {} })).code, 'INPUT_MISSING');
    assert.match(
      (await failure('plain', { control: 'cancel', runs: { staet: 'failed' } })).message,
      /staet: is not known/,
    );
    assert.match(
      (await failure('plain', { control: 'cancel', runs: { state: 'dead' } })).message,
      /one of open, failed/,
    );
    const skipped = await steer<SteeredRun[]>('plain', { control: 'skip', runs: { step: 'asked', text: 'many' } });
    assert.deepEqual(skipped.map(({ key }) => key).sort(), ['Many 23', 'Many 24']);
    const cancelled = await steer<SteeredRun[]>('plain', { control: 'cancel', runs: { state: 'failed' } });
    assert.deepEqual(cancelled.map(({ key }) => key).sort(), [...names.slice(0, 23)].sort());
    assert.ok(cancelled.every(({ state: how, problem }) => how === 'cancelled' && problem === null));
    const [one] = await steer<SteeredRun[]>('plain', { control: 'forget', runs: { text: 'many 24' } });
    assert.match(one?.problem ?? '', /it has not ended: cancel it first/);
    const all = await steer<SteeredRun[]>('plain', { control: 'cancel', runs: { all: true, state: 'open' } });
    assert.deepEqual(all.map(({ key }) => key).sort(), ['Many 23', 'Many 24']);
  }).timeout(120_000);
});
