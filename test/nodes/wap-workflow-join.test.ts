import assert from 'node:assert/strict';
import type { RunDescription, StepDescription } from '../../lib/workflow/describe';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { code, configuration, create, end, node, type Properties, put, start } from './run-flows';
import { startWapWorld } from './wap-world';

const join = (z: string, to: string[], more: Properties = {}, late: string[] = []) =>
  node(z, 'join', 'wap-workflow-join', [to, late], more);
const names = (z: string, name: string, func: string, to: string[]) =>
  code(z, name, `msg.branch = '${name}'; ${func}; return msg;`, to);
/** Lets a message through when it has this property. */
const only = (z: string, name: string, property: string, to: string[]) =>
  node(z, name, 'switch', [to], {
    ...{ property, propertyType: 'msg', rules: [{ t: 'nnull' }], checkall: 'true', repair: false, outputs: 1 },
  });
const delay = (z: string, name: string, seconds: string, to: string[]) =>
  node(z, name, 'delay', [to], {
    ...{
      pauseType: 'delay',
      timeout: seconds,
      timeoutUnits: 'seconds',
      rate: '1',
      nbRateUnits: '1',
      rateUnits: 'second',
    },
    ...{ randomFirst: '1', randomLast: '5', randomUnits: 'seconds', drop: false, allowrate: false, outputs: 1 },
  });

const tabs: Record<string, FlowNode[]> = {
  pair: [
    ...[start('pair', ['left', 'right']), put('pair', 'left', ['join']), create('pair', 'right', ['join'])],
    ...[join('pair', ['after']), put('pair', 'after', ['end']), end('pair')],
  ],
  named: [
    start('named', ['left', 'right']),
    ...[put('named', 'left', ['a']), put('named', 'right', ['b'])],
    names('named', 'a', `msg.payload = 1; msg.onlyA = true`, ['join']),
    names('named', 'b', `msg.payload = 2`, ['join']),
    ...[join('named', ['end'], { mergeRule: 'names' }), end('named')],
  ],
  later: [
    start('later', ['left', 'right']),
    ...[put('later', 'left', ['b']), put('later', 'right', ['a'])],
    names('later', 'b', `msg.payload = 'of b'; msg.onlyB = true`, ['slow']),
    delay('later', 'slow', '0.3', ['join']),
    names('later', 'a', `msg.payload = 'of a'; delete msg.gone`, ['join']),
    ...[join('later', ['end']), end('later')],
  ],
  stop: [
    ...[start('stop', ['left', 'right']), put('stop', 'left', ['join']), create('stop', 'right', ['join'])],
    ...[join('stop', ['after']), put('stop', 'after', ['end']), end('stop')],
  ],
  along: [
    ...[start('along', ['left', 'right']), put('along', 'left', ['join']), create('along', 'right', ['join'])],
    ...[join('along', ['after'], { failed: 'along' }), put('along', 'after', ['end']), end('along')],
  ],
  caught: [
    ...[start('caught', ['left', 'right']), put('caught', 'left', ['join']), create('caught', 'right', ['join'])],
    node('caught', 'catch', 'catch', [['instead']], { scope: ['caught right'] }),
    code('caught', 'instead', `msg.instead = true; return msg;`, ['join']),
    ...[join('caught', ['after']), put('caught', 'after', ['end']), end('caught')],
  ],
  switched: [
    start('switched', ['left', 'right', 'third']),
    ...[
      put('switched', 'left', ['join']),
      put('switched', 'right', ['if']),
      only('switched', 'if', 'wanted', ['more']),
    ],
    ...[put('switched', 'more', ['join']), put('switched', 'third', ['last']), create('switched', 'last', ['join'])],
    ...[join('switched', ['end']), end('switched')],
  ],
  patient: [
    ...[start('patient', ['left', 'right']), put('patient', 'left', ['join']), put('patient', 'right', ['if'])],
    ...[only('patient', 'if', 'wanted', ['join']), join('patient', ['end'], { missing: 'wait' }), end('patient')],
  ],
  held: [
    ...[start('held', ['left', 'right']), put('held', 'left', ['join']), put('held', 'right', ['slow'])],
    ...[delay('held', 'slow', '2', ['if']), only('held', 'if', 'wanted', ['more']), put('held', 'more', ['join'])],
    ...[join('held', ['end']), end('held')],
  ],
  late: [
    ...[start('late', ['left', 'right']), put('late', 'left', ['join']), create('late', 'right', ['join'])],
    join('late', ['end'], { deadlineMinutes: '0.02' }, ['note']),
    ...[code('late', 'note', `msg.wasLate = true; return msg;`, ['end']), end('late')],
  ],
  loop: [
    ...[
      start('loop', ['round']),
      code('loop', 'round', `msg.round = (msg.round || 0) + 1; return msg;`, ['left', 'right']),
    ],
    ...[put('loop', 'left', ['join']), put('loop', 'right', ['join']), join('loop', ['again'])],
    node('loop', 'again', 'switch', [['round'], ['end']], {
      ...{ property: 'round', propertyType: 'msg', checkall: 'false', repair: false, outputs: 2 },
      rules: [{ t: 'lt', v: '3', vt: 'num' }, { t: 'else' }],
    }),
    end('loop'),
  ],
  nested: [
    ...[start('nested', ['left', 'right']), put('nested', 'left', ['inner left', 'inner right'])],
    ...[put('nested', 'inner left', ['inner']), put('nested', 'inner right', ['inner'])],
    { ...join('nested', ['join']), id: 'nested inner', name: 'inner' },
    ...[
      create('nested', 'right', ['out']),
      node('nested', 'out', 'link out', [[]], { links: ['nested in'], mode: 'link' }),
    ],
    node('nested', 'in', 'link in', [['join']], { links: ['nested out'] }),
    ...[join('nested', ['end']), end('nested')],
  ],
  parts: [
    ...[start('parts', ['split']), node('parts', 'split', 'split', [['each']], { splt: '\\n', spltType: 'str' })],
    ...[
      put('parts', 'each', ['join']),
      join('parts', ['end'], { branches: 'parts.count', branchesType: 'msg' }),
      end('parts'),
    ],
  ],
  again: [
    ...[start('again', ['left', 'slow']), put('again', 'left', ['join']), delay('again', 'slow', '0.3', ['right'])],
    create('again', 'right', ['join']),
    join('again', ['after'], { failed: 'along' }),
    { ...create('again', 'after', ['end']), displayName: 'second' },
    end('again'),
  ],
  inside: [
    start('inside', ['sub', 'call']),
    node('inside', 'sub', 'subflow:inside part', [['join']]),
    node('inside', 'call', 'link call', [['join']], { links: ['inside called'], linkType: 'static', timeout: '30' }),
    ...[join('inside', ['end'], { missing: 'wait' }), end('inside')],
    node('inside', 'called', 'link in', [['in call']], { links: ['inside call'] }),
    ...[put('inside', 'in call', ['back']), node('inside', 'back', 'link out', [[]], { mode: 'return', links: [] })],
  ],
  more: [
    ...[start('more', ['left', 'right']), put('more', 'left', ['join']), create('more', 'right', ['join'])],
    ...[join('more', ['slow'], { branches: '1' }), delay('more', 'slow', '1', ['end']), end('more')],
  ],
};

/** A subflow with a step in it. */
const part: FlowNode[] = [
  {
    ...{ id: 'inside part', type: 'subflow', name: 'part', info: '', env: [] },
    in: [{ x: 50, y: 30, wires: [{ id: 'part in sub' }] }],
    out: [{ x: 300, y: 30, wires: [{ id: 'part in sub', port: 0 }] }],
  },
  { ...put('part', 'in sub', []), z: 'inside part' },
];

onEachMajor('wap-workflow-join', major => {
  let world: World;

  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    const flows = Object.entries(tabs).flatMap(([id, nodes]) => [{ id, type: 'tab', label: id }, ...nodes]);
    const alone = { ...join('alone', []), wires: [[], []] };
    const probes = world.probes([
      ...configuration,
      ...part,
      ...flows,
      { id: 'alone', type: 'tab', label: 'alone' },
      alone,
    ]);
    for (const tab of Object.keys(tabs)) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab).watch(`${tab} ended`, `${tab} end`);
      probes.watch(`${tab} control`, `${tab} start`, 2).statuses(`${tab} status`, `${tab} join`);
      probes.watch(`${tab} joined`, `${tab} join`).watch(`${tab} late`, `${tab} join`, 1);
    }
    await world.deploy(probes.drive('alone', 'alone join').catches('alone error', 'alone').done());
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const of = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic);
  const ended = (tab: string, topic: string) =>
    world.until(`${topic} ends`, () => of(`${tab} ended`, topic)[0] ?? null);
  const hold = () => world.wap.faults.add({ kind: 'hold-before', path: '/plans', method: 'POST', times: Infinity });
  const plansOf = (topic: string) => world.wap.state.plans.filter(({ DisplayName }) => DisplayName === topic).length;
  const codes = (tab: string) => world.messages(`${tab} error`).map(({ error }) => (error as Properties).code);
  const statuses = (tab: string) =>
    world.messages(`${tab} status`).map(({ status }) => String((status as Properties | undefined)?.text ?? ''));
  const take = (DisplayName: string) => world.wap.seed({ plans: [{ DisplayName, State: 1 }] });

  async function control(tab: string, asked: Properties): Promise<unknown> {
    const count = world.messages(`${tab} control`).length;
    await world.inject(tab, asked);
    return (await world.message(`${tab} control`, count + 1)).payload;
  }
  const runOf = async (tab: string, key: string) =>
    ((await control(tab, { control: 'list' })) as RunDescription[]).find(run => run.key === key);

  it('puts the branches of each run together, of two at once too, and says how many have come', async () => {
    const fault = hold();
    for (const topic of ['One', 'Two']) await world.inject('pair', { topic });
    await world.until('both wait', () => statuses('pair').filter(text => text === '1 of 2 branches').length >= 2);
    fault.remove();
    for (const topic of ['One', 'Two']) {
      const message = await ended('pair', topic);
      const { wap, mapping } = message as { wap: { plan: Properties }; mapping: Properties };
      assert.equal(message.left, undefined);
      assert.equal(wap.plan.DisplayName, topic);
      assert.equal(mapping.wapId, topic);
      const joined = { branches: ['left', 'right'], differ: [], failed: [], missing: 0 };
      assert.deepEqual(message.joined, joined);
      assert.equal((await runOf('pair', topic))?.state, 'completed');
      assert.equal(of('pair joined', topic).length, 1);
    }
    assert.equal(statuses('pair').at(-1), '2 branches');
    assert.deepEqual(codes('pair'), []);
  });

  it('leaves what differs under the names of the branches, if that is the rule', async () => {
    await world.inject('named', { topic: 'Names', order: { price: 1 } });
    const { branches, joined, payload, onlyA, branch, order } = await ended('named', 'Names');
    const { a, b } = branches as Record<string, Properties>;
    assert.deepEqual([a?.payload, a?.onlyA, b?.payload, b?.onlyA], [1, true, 2, undefined]);
    assert.deepEqual([payload, branch, onlyA, order], [undefined, undefined, true, { price: 1 }]);
    assert.deepEqual(joined, { branches: ['a', 'b'], differ: ['payload'], failed: [], missing: 0 });
  });

  it('takes of what differs the value of the later name, whichever branch comes last', async () => {
    await world.inject('later', { topic: 'Later', gone: 1 });
    const { payload, onlyB, gone, joined, branches } = await ended('later', 'Later');
    assert.deepEqual([payload, onlyB, gone, branches], ['of b', true, undefined, undefined]);
    assert.deepEqual((joined as Properties).differ, ['payload']);
  });

  it('waits when a branch has failed, until the run is resumed', async () => {
    take('Stopped');
    await world.inject('stop', { topic: 'Stopped' });
    await world.until('the run is failed', async () => (await runOf('stop', 'Stopped'))?.state === 'failed');
    await world.until('the join waits', () => statuses('stop').includes('1 of 2 branches'));
    await world.until('it stays failed', async () => (await runOf('stop', 'Stopped'))?.state === 'failed');
    assert.equal(of('stop joined', 'Stopped').length, 0);
    const plan = world.wap.state.plans.find(({ DisplayName }) => DisplayName === 'Stopped');
    await fetch(`${world.wap.adminUrl}/plans/${plan?.Id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.wap.issueToken()}`, 'x-ms-principal-id': 'tests' },
    });
    await control('stop', { control: 'resume', run: 'Stopped' });
    assert.deepEqual((await ended('stop', 'Stopped')).left, undefined);
    assert.deepEqual([(await runOf('stop', 'Stopped'))?.state, plansOf('Stopped')], ['completed', 1]);
  });

  it('goes on without a branch that failed, with its error, if it may', async () => {
    take('Along');
    await world.inject('along', { topic: 'Along' });
    const { branches, joined, left } = await ended('along', 'Along');
    const { error } = (branches as Record<string, { error: Properties }>).right ?? {};
    assert.deepEqual([error?.code, error?.source], ['WAP_CONFLICT', { name: 'right' }]);
    assert.deepEqual(joined, { branches: ['left', 'right'], differ: [], failed: ['right'], missing: 0 });
    assert.deepEqual([left, (await runOf('along', 'Along'))?.state], [undefined, 'completed']);
  });

  it('takes what a Catch node sends it for the branch that failed', async () => {
    take('Caught');
    await world.inject('caught', { topic: 'Caught' });
    const { branches, joined, instead, left } = await ended('caught', 'Caught');
    const { right } = branches as Record<string, { error: { message: string } }>;
    assert.match(String(right?.error.message), /has this name|Caught/);
    assert.deepEqual([instead, (joined as Properties).failed], [true, ['right']]);
    assert.deepEqual([left, (await runOf('caught', 'Caught'))?.state], [undefined, 'completed']);
  });

  it('goes on without a branch that a switch left out, but not while a step is at work', async () => {
    const fault = hold();
    await world.inject('switched', { topic: 'Without' });
    await fault.untilHit();
    await world.until('one has come', () => statuses('switched').includes('1 of 3 branches'));
    await new Promise(resolve => setTimeout(resolve, 600)); // longer than it waits where nothing is at work
    assert.equal(of('switched joined', 'Without').length, 0);
    fault.remove();
    const { joined, left } = await ended('switched', 'Without');
    assert.deepEqual(joined, { branches: ['last', 'left'], differ: [], failed: [], missing: 1 });
    assert.equal(left, undefined); // the flow left it out, and the join knows
  });

  it('waits for the branch that a switch lets through', async () => {
    await world.inject('switched', { topic: 'With', wanted: true });
    const { joined, left } = await ended('switched', 'With');
    assert.deepEqual([(joined as Properties).branches, left], [['last', 'left', 'more'], undefined]);
  });

  it('waits for all, if it has to, and the run stays open', async () => {
    await world.inject('patient', { topic: 'Patient' });
    await world.until('one has come', () => statuses('patient').includes('1 of 2 branches'));
    await new Promise(resolve => setTimeout(resolve, 600));
    assert.equal((await runOf('patient', 'Patient'))?.state, 'open');
    assert.equal(of('patient joined', 'Patient').length, 0);
    await control('patient', { control: 'cancel', run: 'Patient' });
  });

  it('waits for a message that a node between the steps holds', async () => {
    await world.inject('held', { topic: 'Held', wanted: true });
    const { joined } = await ended('held', 'Held');
    assert.deepEqual((joined as Properties).branches, ['left', 'more']);
  });

  it('goes on by its second output when the deadline is over, and a later branch is named', async () => {
    const fault = hold();
    const from = world.nodeRed.logs.length;
    await world.inject('late', { topic: 'Late' });
    const [message] = await world.until('it is late', () => {
      const late = of('late late', 'Late');
      return late.length > 0 ? late : null;
    });
    assert.deepEqual(message?.joined, { branches: ['left'], differ: [], failed: [], missing: 1 });
    fault.remove();
    await world.nodeRed.waitLog(/branch "right" of the run "Late" came to the join after it had gone on/, from);
    const { left, wasLate } = await ended('late', 'Late');
    assert.deepEqual([wasLate, left], [true, [{ step: 'right', state: 'done' }]]);
  });

  it('joins anew each time round', async () => {
    await world.inject('loop', { topic: 'Loop' });
    const { round, left } = await ended('loop', 'Loop');
    assert.deepEqual([round, left, of('loop joined', 'Loop').length], [3, undefined, 3]);
  });

  it('takes another join for one branch, and finds the ways through links', async () => {
    await world.inject('nested', { topic: 'Nested' });
    const { joined, left } = await ended('nested', 'Nested');
    assert.deepEqual(joined, { branches: ['inner', 'right'], differ: [], failed: [], missing: 0 });
    assert.equal(left, undefined);
  });

  it('puts the parts of a split together, if it is told how many', async () => {
    await world.inject('parts', { topic: 'Parts', payload: ['x', 'y', 'z'].join('\n') });
    const { joined, parts, left } = await ended('parts', 'Parts');
    assert.deepEqual((joined as Properties).branches, ['each', 'each 2', 'each 3']);
    assert.deepEqual([parts, left], [undefined, undefined]);
  });

  it('names a branch beyond the number, and the end says that it was left', async () => {
    const from = world.nodeRed.logs.length;
    await world.inject('more', { topic: 'More' });
    await world.nodeRed.waitLog(/branch "right" of the run "More" came to the join after it had gone on/, from);
    assert.deepEqual((await ended('more', 'More')).left, [{ step: 'right', state: 'done' }]);
    await world.until('the status says so', () => statuses('more').includes('came too late: right'));
  });

  it('is a step of its own', async () => {
    take('Steps');
    await world.inject('stop', { topic: 'Steps' });
    await world.until('the run is failed', async () => (await runOf('stop', 'Steps'))?.state === 'failed');
    await world.until('the join waits', async () => {
      const { steps } = (await control('stop', { control: 'skip', run: 'Steps' })) as { steps: StepDescription[] };
      return steps.some(({ step }) => step === 'join');
    });
    await ended('stop', 'Steps');
  });

  it('finds the ways through a subflow and a part that is called', async () => {
    await world.inject('inside', { topic: 'Inside' });
    const { joined, left } = await ended('inside', 'Inside');
    assert.deepEqual((joined as Properties).branches, ['in call', 'in sub']);
    assert.equal(left, undefined);
  });

  it('goes on after a deploy of its flow while it waits: the run is sent again', async () => {
    await world.inject('patient', { topic: 'Deployed' });
    await world.until('one has come', async () => {
      const { steps } = (await control('patient', { control: 'resume', run: 'Deployed' })) as {
        steps: StepDescription[];
      };
      return steps.some(({ step }) => step === 'join');
    });
    const waits = () => statuses('patient').filter(text => text === '1 of 2 branches').length;
    const before = waits();
    const flows = await world.nodeRed.flows();
    const changed = flows.map(node => (node.id === 'patient if' ? { ...node, name: 'only if' } : node));
    await world.nodeRed.deploy(changed, 'nodes');
    await world.until('it waits again', () => waits() > before);
    assert.equal((await runOf('patient', 'Deployed'))?.state, 'open');
    await control('patient', { control: 'cancel', run: 'Deployed' });
  });

  it('counts its deadline over a kill, and takes what comes from the journal then', async function () {
    this.timeout(30_000);
    const fault = hold();
    await world.inject('late', { topic: 'Killed' });
    await fault.untilHit();
    await world.until('one has come', () => statuses('late').at(-1) === '1 of 2 branches');
    await world.nodeRed.kill9();
    await new Promise(resolve => setTimeout(resolve, 1200)); // the deadline passes
    await world.nodeRed.start();
    const { joined } = await world.until('it is late', () => of('late late', 'Killed')[0] ?? null);
    assert.deepEqual(joined, { branches: ['left'], differ: [], failed: [], missing: 1 });
    fault.remove();
    await ended('late', 'Killed');
  });

  it('keeps a run open that goes on in spite of a failure, also when that comes again behind the join', async function () {
    this.timeout(120_000);
    take('Again');
    const fault = hold(); // a name that is taken is seen without a call that makes something
    await world.inject('again', { topic: 'Again', second: 'Second' });
    for (const life of [1, 2]) {
      await world.until('the join has gone on', () => of('again joined', 'Again').length >= life);
      await world.until('Catch has had the failure', () => codes('again').length >= life);
      await new Promise(resolve => setTimeout(resolve, 300)); // and the run too
      await world.until('the run is open', async () => (await runOf('again', 'Again'))?.state === 'open');
      await world.nodeRed.kill9();
      await world.nodeRed.start();
    }
    fault.remove();
    await ended('again', 'Again');
    assert.deepEqual([of('again joined', 'Again').length, plansOf('Second')], [3, 1]);
  });

  it('refuses a message of no run', async () => {
    await world.inject('alone', { payload: 1 });
    const { error } = await world.message('alone error');
    assert.equal((error as Properties).code, 'INPUT_MISSING');
    assert.match(String((error as Properties).message), /wap-workflow-start/);
  });
});
