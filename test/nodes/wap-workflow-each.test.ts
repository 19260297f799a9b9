import assert from 'node:assert/strict';
import type { RunLine } from '../../lib/desk/runs';
import type { RunOutcome } from '../../lib/workflow/sub-runs';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { configuration, create, end, node, type Properties, put, start, wait } from './run-flows';
import { startWapWorld } from './wap-world';

const each = (z: string, name: string, workflowName: string, more: Properties = {}) =>
  node(z, name, 'wap-workflow-each', [['end'], ['end']], {
    ...{ workflowName, items: 'payload', itemsType: 'msg', itemKey: '{{payload.name}}', atOnce: '3' },
    ...{ failedRuns: 'wait', oncePerKey: false, ...more },
  });
const kept = { result: 'outcomes', resultType: 'msg' };
/** Fails at a name that WAP has. */
const sale = (z: string): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  ...[start(z, ['create']), create(z, 'create', ['put']), put(z, 'put', ['end'])],
  end(z, { result: 'wap.plan.DisplayName', resultType: 'msg' }),
];
const asks = (z: string): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  ...[start(z, ['wait']), wait(z, { yes: ['end'], no: ['end'] }), end(z)],
];
const list = (z: string, workflowName: string, more: Properties = {}): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  ...[start(z, ['each']), each(z, 'each', workflowName, more), end(z, kept)],
];
const tabs = { list: {}, along: { failedRuns: 'along' }, once: { oncePerKey: true } };
const flows = [
  ...configuration,
  ...sale('sale'),
  ...asks('asks'),
  { id: 'gives up', type: 'tab', label: 'gives up' },
  ...[start('gives up', ['end']), end('gives up', { endState: 'failed', note: 'not today', noteType: 'str' })],
  ...Object.entries(tabs).flatMap(([z, more]) => list(z, 'sale', more)),
  ...list('slow', 'asks'),
  ...list('itself', 'itself'),
  ...list('ended', 'gives up'),
  ...list('nobody', 'no such workflow'),
];
const lists = [...Object.keys(tabs), 'slow', 'itself', 'ended', 'nobody'];
const named = (...names: string[]) => names.map(name => ({ name }));
const many = (prefix: string, count: number) =>
  named(...Array.from({ length: count }, (_none, at) => `${prefix} ${at}`));

onEachMajor('wap-workflow-each', major => {
  let world: World;

  const deployed = () => {
    const probes = world
      .probes(flows)
      .drive('sale', 'sale start')
      .drive('answer', 'asks wait')
      .watch('asked', 'asks wait', 3);
    for (const tab of lists) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab);
      probes.watch(`${tab} all`, `${tab} each`, 0).watch(`${tab} not all`, `${tab} each`, 1);
    }
    return probes.catches('sale error', 'sale').watch('made', 'sale start').done();
  };
  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    await world.deploy(deployed());
  });
  after(() => world.stop());

  const on = async (output: string, topic: string): Promise<RunOutcome[]> => {
    const message = await world.until(`${topic} on ${output}`, () =>
      world.messages(output).find(each => each.topic === topic),
    );
    return message.outcomes as RunOutcome[];
  };
  const failure = async (tab: string, payload: unknown) => {
    const count = world.messages(`${tab} error`).length;
    await world.inject(tab, { topic: `wrong ${count}`, payload });
    return (await world.message(`${tab} error`, count + 1)).error as { code: string; message: string };
  };
  const plansOf = (name: string) => world.wap.state.plans.filter(({ DisplayName }) => DisplayName === name).length;
  const asked = () => world.messages('asked').map(({ question }) => (question as { run: string }).run);
  const openAt = async (text: string) => {
    const answer = await fetch(
      `${world.nodeRed.url}/wap-billing/desk/state/runs?${new URLSearchParams({ text, state: 'open' })}`,
    );
    return ((await answer.json()) as { rows: RunLine[] }).rows;
  };
  const crash = async () => {
    await world.nodeRed.kill9();
    await world.nodeRed.start();
  };

  it('makes a run for each item and goes on with what became of them, in their order', async () => {
    await world.inject('list', { topic: 'three', payload: named('Gold', 'Silver', 'Bronze') });
    const outcomes = await on('list all', 'three');
    assert.deepEqual(
      outcomes.map(({ key, state, result, error }) => [key, state, result, error]),
      ['Gold', 'Silver', 'Bronze'].map(name => [name, 'completed', { note: null, result: name }, null]),
    );
    const made = world.messages('made').find(({ topic }) => topic === 'Gold');
    assert.deepEqual(made?.parent, { key: 'three', workflow: 'list' });
    assert.deepEqual(made?.payload, { name: 'Gold' });
  });

  it('takes a spreadsheet, and nothing at all', async () => {
    await world.inject('list', { topic: 'sheet', payload: '\uFEFFname;price\r\nTin;1,50\r\nZinc;2\r\n' });
    assert.deepEqual(
      (await on('list all', 'sheet')).map(({ key }) => key),
      ['Tin', 'Zinc'],
    );
    await world.inject('list', { topic: 'none', payload: [] });
    assert.deepEqual(await on('list all', 'none'), []);
  });

  it('makes each of twenty once over kills, so many at once', async () => {
    const names = many('Plan', 20);
    const held = world.wap.faults.add({ kind: 'delay', path: /^\/plans/, delayMs: 60 });
    await world.inject('list', { topic: 'twenty', payload: names });
    for (const share of [4, 11]) {
      await world.until(`${share} plans`, () => names.filter(({ name }) => plansOf(name) > 0).length >= share);
      assert.ok((await openAt('Plan ')).length <= 3);
      await crash();
    }
    const outcomes = await on('list all', 'twenty');
    held.remove();
    assert.deepEqual(
      outcomes.map(({ key, state }) => [key, state]),
      names.map(({ name }) => [name, 'completed']),
    );
    assert.deepEqual(
      names.map(({ name }) => plansOf(name)),
      names.map(() => 1),
    );
  }).timeout(120_000);

  it('waits for one that failed until it is cancelled', async () => {
    await world.inject('list', { topic: 'failing', payload: named('Gold', 'Lead') });
    await world.message('sale error');
    await world.until('it says so', async () =>
      (await openAt('failing'))[0]?.at[0]?.waits?.subject.includes('1 of 2, 1 failed'),
    );
    await crash();
    await world.inject('sale', { control: 'cancel', run: 'Gold' });
    const outcomes = await on('list not all', 'failing');
    assert.deepEqual(
      outcomes.map(({ key, state }) => [key, state]),
      [
        ['Gold', 'cancelled'],
        ['Lead', 'completed'],
      ],
    );
  }).timeout(60_000);

  it('goes on with the error of one that failed, when told so', async () => {
    await world.inject('along', { topic: 'along', payload: named('Silver', 'Iron') });
    const [silver, iron] = await on('along not all', 'along');
    assert.deepEqual([silver?.state, silver?.error?.code, iron?.state], ['failed', 'WAP_CONFLICT', 'completed']);
  });

  it('goes on behind one that its flow ended as failed', async () => {
    await world.inject('ended', { topic: 'ended', payload: named('Radium') });
    const outcomes = await on('ended not all', 'ended');
    assert.deepEqual(
      outcomes.map(({ state, result, error }) => [state, (result as { note: string }).note, error]),
      [['failed', 'not today', null]],
    );
  });

  it('takes what was completed before, once per key', async () => {
    await world.inject('once', { topic: 'again', payload: named('Bronze', 'Copper') });
    const outcomes = await on('once all', 'again');
    assert.deepEqual(
      outcomes.map(({ key, result }) => [key, result]),
      [
        ['Bronze', { note: null, result: 'Bronze' }],
        ['Copper', { note: null, result: 'Copper' }],
      ],
    );
    assert.equal(plansOf('Bronze'), 1);
  });

  it('waits over a deploy for runs that wait for people, and for one that was begun before', async () => {
    await world.inject('slow', { topic: 'first', payload: named('Anna', 'Ben') });
    await world.until('both ask', () => asked().length >= 2);
    await world.inject('slow', { topic: 'second', payload: named('Ben') });
    await world.deploy([...deployed(), { id: 'other', type: 'tab', label: 'other' }]);
    await world.nodeRed.restart();
    for (const run of ['Anna', 'Ben']) {
      await world.until(`${run} waits again`, async () => (await openAt(run))[0]?.at[0]?.waits);
      await world.inject('answer', { answer: { run, choice: 'Yes', by: 'eva' } });
    }
    assert.equal((await on('slow all', 'first')).length, 2);
    assert.equal((await on('slow all', 'second')).length, 1);
    assert.equal(asked().filter(run => run === 'Ben').length, 1);
  }).timeout(60_000);

  it('says what is wrong, and starts nothing', async () => {
    const twice = await failure('list', named('One', 'Two', 'One'));
    assert.equal(twice.code, 'INPUT_INVALID');
    assert.match(twice.message, /^List\[2\]: the key "One" is that of \[0\] too/);
    assert.match((await failure('list', [{ title: 'One' }])).message, /the key "{{payload.name}}" is empty/);
    assert.equal(plansOf('One') + plansOf('Two'), 0);
    const unknown = await failure('nobody', named('One'));
    assert.equal(unknown.code, 'INPUT_CONFIG');
    assert.match(unknown.message, /no workflow start with the name "no such workflow"/);
    const topic = `wrong ${world.messages('itself error').length}`;
    const circular = await failure('itself', named(topic));
    assert.match(circular.message, /waits for this one, so both would wait for ever/);
  }).timeout(60_000);
});
